/* SPDX-License-Identifier: Apache-2.0 */
/* Private to this room: an experiment file as written, checked but not yet expanded.  Every key
 * that may be a list is a row of one table (keys.c); a
 * key's values, one or many, are the axis along which the plan varies it. */
#ifndef SHEAFBENCH_HARNESS_EXPERIMENT_FILE_H
#define SHEAFBENCH_HARNESS_EXPERIMENT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/experiment/experiment.h"
#include "foundation/json_file.h"
#include "models/matched_width.h"

/* In the order in which the plan varies them: the first slowest. */
enum experiment_key {
	KEY_SIZE,
	KEY_EPOCHS,
	KEY_BATCH_SIZE,
	KEY_LR,
	KEY_SCHEDULE,
	KEY_WEIGHT_DECAY,
	KEY_WARMUP,
	KEY_BETA1,
	KEY_BETA2,
	KEY_EPSILON,
	KEY_MAX_STEPS,
	KEY_NERVE,
	KEY_OVERLAP_PENALTY,
	KEY_BALANCE,
	KEY_RENORMALIZE,
	KEY_PADIC, /* one value is a whole setting of the codec */
	KEY_CONTROL,
	KEYS,
	KEY_TRAIN_FIRST = KEY_EPOCHS,
	KEY_TRAIN_END = KEY_NERVE,
	KEY_ROUTER_FIRST = KEY_NERVE,
	KEY_ROUTER_END = KEYS
};

enum { SETTING_TEXT = 192, SETTING_PATH = 160, EXPERIMENT_TASKS_MAX = 100 };

/* One value of one key. */
struct setting {
	int64_t integer; /* integers, booleans, choices */
	double number;
	struct nerve nerve;
	struct padic_settings padic;
	bool codec;                 /* router.padic.enabled */
	char text[SETTING_TEXT];    /* canonical; equal values have equal texts */
	char variant[SETTING_TEXT]; /* what `variant` says of it when the key is swept */
	char path[SETTING_PATH];    /* where it stands; "" for a default */
};

struct setting_list {
	struct setting *items; /* owned; NULL: the key is not given here */
	int count;
};

enum dense_width { WIDTH_SIZE, WIDTH_NEAREST };

struct experiment_arm {
	char name[PLAN_NAME];
	enum model_kind model_kind;
	enum router_kind router_kind; /* the first for Dense, which has none */
	int match_arm;                /* Dense: index of the matched arm; else -1 */
	enum arch_match match_on;
	enum dense_width match_hidden;
	bool skips[EXPERIMENT_TASKS_MAX]; /* the experiment's tasks that it does not run */
	struct setting_list own[KEYS];    /* overrides */
};

struct experiment {
	struct json_file file;
	char name[PLAN_NAME];
	const char **tasks; /* owned array; strings belong to the document */
	int task_count;
	struct experiment_arm *arms; /* owned */
	int arm_count;
	int64_t n_experts, top_k;
	int64_t first_seed, seed_count;
	bool override_task, evaluate_test;
	struct setting_list common[KEYS]; /* never empty after reading: defaults are filled in */
};

int experiment_read(struct experiment *experiment, const char *file_name, struct error *error);
void experiment_free(struct experiment *experiment);

/* Whether a run of this kind can depend on the key.  train keys and size: always. */
bool experiment_key_used(enum model_kind model, enum router_kind router, enum experiment_key key);
/* Whether every run of the arm has a control in the router's place, so that `key`, which is about
 * the router's own probabilities, has no effect in it. */
bool experiment_control_replaces(const struct experiment *experiment, int arm,
				 enum experiment_key key);
/* "train.lr", and "lr". */
const char *experiment_key_path(enum experiment_key key);
const char *experiment_key_name(enum experiment_key key);

/* What reading one section needs to know. */
struct section_reader {
	const struct json_file *file;
	const char *path;         /* of the section: "", "train", "router", "arms[1].router" */
	int64_t n_experts, top_k; /* what a nerve must fit */
};

/* Reads keys [first, end) of `object` into lists[key]; absent ones stay as they are.  Unknown keys
 * are refused; `also` (NULL-terminated) are further known ones, read by the caller. */
int experiment_read_keys(const struct section_reader *reader, const json_t *object,
			 enum experiment_key first, enum experiment_key end,
			 const char *const *also, struct setting_list *lists, struct error *error);
/* Fills the keys not given with their default. */
int experiment_fill_defaults(struct setting_list *lists, int64_t n_experts, int64_t top_k,
			     const char *file_name, struct error *error);

/* Values of router.nerve and router.padic at `path`; the list is owned by the caller. */
int experiment_read_nerve(const struct section_reader *reader, const json_t *value,
			  const char *path, struct setting_list *list, struct error *error);
int experiment_read_padic(const struct section_reader *reader, const json_t *value,
			  const char *path, struct setting_list *list, struct error *error);
/* The complete nerve; left without simplices where it would have too many, which only a run that
 * uses it needs to hear of. */
void experiment_default_nerve(struct setting *setting, int64_t n_experts, int64_t top_k);
void experiment_default_padic(struct setting *setting);

/* A zeroed setting at the list's end; NULL: out of memory.  Earlier pointers become invalid. */
struct setting *setting_list_add(struct setting_list *list);
/* Refuses list items that have the same text as an earlier one. */
int setting_list_check_distinct(const struct section_reader *reader,
				const struct setting_list *list, struct error *error);
/* "a.b" or "b"; `out_size` bytes. */
void experiment_join_path(char *out, size_t out_size, const char *path, const char *key);
/* "a[3]", likewise. */
void experiment_item_path(char *out, size_t out_size, const char *path, size_t index);
/* Refuses the value at `path`, quoting it. */
int experiment_refuse(const struct json_file *file, const char *path, const json_t *value,
		      const char *expected, struct error *error);

#endif
