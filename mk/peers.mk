# SPDX-License-Identifier: Apache-2.0
# Speed next to PyTorch, JAX, BLIS, OpenBLAS, oneDNN, MKL, LIBXSMM and FANN. A peer whose library is not here is left
# out, with the reason in $(PEERS)/NAME.skipped; scripts/peers.sh reports it as skipped.

PEERS := $(BUILD)/peers
PEER_OBJ := $(BUILD)/harness/peers/train_speed.o $(BUILD)/harness/peers/gemm_speed.o \
            $(BUILD)/harness/peers/op_speed.o
# Debian keeps every BLAS in a folder of its own.
OPENBLAS_FLAGS := $(foreach kind,serial openmp pthread,-isystem /usr/include/$(TRIPLET)/openblas-$(kind))

# What PyPI has of them (scripts/peers/environment.sh).
PEER_ENV := .cache/peers-python
PYPI_BLAS := $(abspath $(firstword $(wildcard $(PEER_ENV)/lib/python3*/site-packages)))/scipy_openblas32
PYPI_BLAS_FLAGS := -isystem $(dir $(PYPI_BLAS)) -isystem $(PYPI_BLAS)/include $(foreach name,cblas_sgemm \
                   openblas_set_num_threads openblas_get_config openblas_get_corename,-D$(name)=scipy_$(name))
library_at = -L$(abspath $(1)) -Xlinker -rpath -Xlinker $(abspath $(1))

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
$(eval $(call peer_rule,gemm_libxsmm,gemm_speed.c,libxsmm.h,-DPEER_LIBXSMM,-lxsmm -lxsmmnoblas -lpthread -ldl))
$(eval $(call peer_rule,gemm_openblas_pypi,gemm_speed.c,scipy_openblas32/include/openblas_config.h,\
	$(PYPI_BLAS_FLAGS) -DPEER_OPENBLAS,$(call library_at,$(PYPI_BLAS)/lib) -lscipy_openblas))
$(eval $(call peer_rule,gemm_mkl,gemm_speed.c,mkl_cblas.h,-isystem $(PEER_ENV)/include -DPEER_MKL,\
	$(call library_at,$(PEER_ENV)/lib) -l:libmkl_intel_lp64.so.3 -l:libmkl_sequential.so.3 -l:libmkl_core.so.3))
$(eval $(call peer_rule,fann_speed,fann_speed.c,floatfann.h,,-lfloatfann))

# One after another, so that nothing is built while something is measured.
peers:
	$(Q)scripts/setup.sh base
	-$(Q)scripts/setup.sh peers
	-$(Q)scripts/peers/environment.sh $(PEER_ENV)
	$(Q)$(MAKE) --no-print-directory $(BUILD)/sheafbench $(PEERS)/train_speed $(PEERS)/gemm_sheafbench \
	 $(PEERS)/op_speed $(PEER_PROGRAMS)
	$(Q)PEERS="$$(realpath $(PEERS))" PEER_ENV=$(PEER_ENV) scripts/peers.sh
