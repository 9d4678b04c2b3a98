/* SPDX-License-Identifier: Apache-2.0 */
/* How long a run's weights take before its first step and after its last. */
#include <math.h> /* fmin, INFINITY */
#include <string.h>
#include <unistd.h> /* unlink */

#include "foundation/digest.h"
#include "harness/forecast/measure.h"
#include "kernels/share.h"
#include "models/checkpoint.h"
#include "models/model.h"
#include "models/optimiser.h"

/* Some 4 million parameters: more than caches hold, and written in a moment. */
enum { INPUTS = 64, OUTPUTS = 64, HIDDEN = 512, INTERMEDIATE = 2048, DEPTH = 2 };
enum { WRITES = 3 };
static const double WRITE_SECONDS = 0.2; /* after which no further one begins */

struct network {
	struct model model;
	struct optimiser optimiser;
};

static bool open_network(struct network *network, const struct backend *backend)
{
	static const struct router_settings none;
	const struct heads heads = {1, {{"class", HEAD_SOFTMAX, 0, OUTPUTS, 1.0f}}};
	struct arch arch = arch_dense(SIZE_NANO, INPUTS, OUTPUTS, INTERMEDIATE, 1);
	struct error ignored;
	arch.hidden_dim = HIDDEN;
	arch.expert_depth = DEPTH;
	*network = (struct network){0};
	if (model_open(&network->model, backend, &arch, &none, &heads, 1, true, &ignored))
		return false;
	const int64_t params = network->model.param_count;
	if (!optimiser_open(&network->optimiser, params, 0.9, 0.999, 1e-8, 0.1))
		return true;
	model_close(&network->model);
	return false;
}

static void close_network(struct network *network)
{
	optimiser_close(&network->optimiser);
	model_close(&network->model);
}

static void step(struct network *network)
{
	struct model *model = &network->model;
	optimiser_step(&network->optimiser, model->backend->table, &model->arch, 0.0, model->grads,
		       model->params);
}

/* Drawing, and the pages of all arenas, which the system clears when they are first written. */
static bool time_begin(struct network *network, const struct backend *backend, double *seconds)
{
	const double start = forecast_spent(backend);
	if (!open_network(network, backend))
		return false;
	const int64_t count = network->model.param_count;
	memset(network->model.grads, 0, (size_t)count * sizeof *network->model.grads);
	step(network);
	const double first = forecast_spent(backend);
	step(network);
	*seconds = (first - start) - (forecast_spent(backend) - first);
	return true;
}

/* As harness/runs/record.c does; on the wall, as the disk has a part in it. */
static bool time_write(const struct model *model, const char *file_name, double *seconds)
{
	char hex[65];
	const double start = forecast_now();
	if (checkpoint_write(file_name, &model->arch, model->params, NULL))
		return false;
	const bool fine = digest_file(file_name, hex, NULL) == 0;
	*seconds = forecast_now() - start;
	unlink(file_name);
	return fine;
}

/* The hash, and the fastest of some writes: what else the machine does only slows. */
static bool time_end(const struct model *model, const char *file_name, double *seconds)
{
	char hex[65];
	double fastest = INFINITY, written, start = forecast_busy();
	checkpoint_weights_sha256(&model->arch, model->params, hex);
	const double hashed = forecast_busy() - start, end = forecast_now() + WRITE_SECONDS;
	for (int i = 0; i < WRITES && (i == 0 || forecast_now() < end); i++) {
		if (!time_write(model, file_name, &written))
			return false;
		fastest = fmin(fastest, written);
	}
	*seconds = hashed + fastest;
	return true;
}

bool forecast_measure_weights(struct weight_time *time, const struct backend *backend,
			      const char *file_name)
{
	struct network network;
	double begin, end;
	if (!time_begin(&network, backend, &begin))
		return false;
	const double count = (double)network.model.param_count;
	const bool fine = time_end(&network.model, file_name, &end);
	close_network(&network);
	if (!fine || !(begin > 0.0))
		return false;
	*time = (struct weight_time){.begin = begin / count, .end = end / count};
	return true;
}
