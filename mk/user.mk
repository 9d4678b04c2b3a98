# SPDX-License-Identifier: Apache-2.0
# What users give on the command line or in the environment. Values reach recipes through the
# environment, as "$$CONFIG": they are data, whatever quotes, blanks or dollars they hold. Only CC, CXX,
# OPT, CFLAGS, CXXFLAGS, LDFLAGS, NUMERIC and EXEC_WRAPPER are pieces of commands.

USER_DATA := CONFIG JOBS FILTER REPETITIONS HOSTS FILES TESTS CELLS SKIP ROUNDS ONLY ERRORS FLIPS \
             SHOTS SECONDS RUNS TARGETS KILLS FAULTS N SEED FIRST LAST SHEAFBENCH_RESULTS SHEAFBENCH_CASES
# As they were given, before make reads a $ in them.
define take_as_given
override $(1) := $$(value $(1))
export $(1)
endef
$(foreach name,$(USER_DATA),$(if $(filter command environment,$(firstword $(origin $(name)))),\
  $(eval $(call take_as_given,$(name)))))

# quoted TEXT: as one word of a shell.
quoted = '$(subst ','\'',$(1))'
# c_text TEXT: between the quotes of a C string.
c_text = $(subst ",\",$(subst \,\\,$(1)))

# What stands in names of targets, or in lists of words, may only be of these.
PLAIN := a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E F G H I J K L M N O P Q R S T U V \
         W X Y Z 0 1 2 3 4 5 6 7 8 9 . _ / - + ,
without = $(if $(2),$(call without,$(subst $(firstword $(2)),,$(1)),$(wordlist 2,99,$(2))),$(1))
require_plain = $(if $(strip $(call without,$(value $(1)),$(PLAIN))),\
  $(error $(1): expected letters, digits and . _ / - + , only))
$(foreach name,BUILD CROSS CROSS_GROUPS LEVELS V SANITIZE,$(call require_plain,$(name)))
ifneq ($(words $(BUILD)),1)
$(if $(BUILD),$(error BUILD: expected one folder))
endif
