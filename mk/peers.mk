# SPDX-License-Identifier: Apache-2.0
# Speed next to PyTorch, BLIS, OpenBLAS, oneDNN and FANN. A peer whose library is not here is left
# out, with the reason in $(PEERS)/NAME.skipped; scripts/peers.sh reports it as skipped.

PEERS := $(BUILD)/peers
PEER_OBJ := $(BUILD)/harness/peers/train_speed.o $(BUILD)/harness/peers/gemm_speed.o \
            $(BUILD)/harness/peers/op_speed.o
# Debian keeps every BLAS in a folder of its own.
OPENBLAS_FLAGS := $(foreach kind,serial openmp pthread,-isystem /usr/include/$(TRIPLET)/openblas-$(kind))

.SECONDARY: $(PEER_OBJ)

$(PEERS)/train_speed: $(BUILD)/harness/peers/train_speed.o $(LIB_OBJ)
$(PEERS)/gemm_sheafbench: $(BUILD)/harness/peers/gemm_speed.o $(LIB_OBJ)
$(PEERS)/op_speed: $(BUILD)/harness/peers/op_speed.o $(LIB_OBJ)
$(PEERS)/train_speed $(PEERS)/gemm_sheafbench $(PEERS)/op_speed:
	@mkdir -p $(dir $@)
	$(call say,LD,$@)
	$(Q)$(CXX) $(SAN) $(LDFLAGS) $^ -o $@ $(LIBS)

# peer NAME, SOURCE, HEADER, flags, libraries
define peer_rule
PEER_PROGRAMS += $(PEERS)/$(1)
$(PEERS)/$(1): harness/peers/$(2) harness/peers/index_data.h foundation/clock.h $(BUILD)/flags
	@mkdir -p $(PEERS)
	@rm -f $$@ $$@.skipped
	$$(call say,CC,$$@)
	$(Q)if printf '$$(hash)include <$(3)>\n' | $$(CC) $(4) -E -x c - >/dev/null 2>&1; then \
	 $$(CC) $$(CFLAGS_ALL) $(4) $$< -o $$@ $(5) -lm; \
	else echo 'no header $(3) here' >$$@.skipped; fi
endef
$(eval $(call peer_rule,gemm_blis,gemm_speed.c,blis.h,$(BLIS_CFLAGS) -DPEER_BLIS,-lblis))
$(eval $(call peer_rule,gemm_openblas,gemm_speed.c,openblas_config.h,$(OPENBLAS_FLAGS) \
	-DPEER_OPENBLAS,-lopenblas))
$(eval $(call peer_rule,gemm_onednn,gemm_speed.c,dnnl.h,-DPEER_ONEDNN,-ldnnl))
$(eval $(call peer_rule,fann_speed,fann_speed.c,floatfann.h,,-lfloatfann))

# One after another, so that nothing is built while something is measured.
peers:
	$(Q)scripts/setup.sh base
	-$(Q)scripts/setup.sh peers
	$(Q)$(MAKE) --no-print-directory $(BUILD)/sheafbench $(PEERS)/train_speed $(PEERS)/gemm_sheafbench \
	 $(PEERS)/op_speed $(PEER_PROGRAMS)
	$(Q)PEERS="$$(realpath $(PEERS))" scripts/peers.sh
