/* SPDX-License-Identifier: Apache-2.0 */
/* Samples per second of FANN's own training of a plain 784-256-256-256-10 network, as one JSON
 * line.
 *
 *   fann_speed incremental|rprop SECONDS
 *
 * incremental updates the weights after every sample, rprop once for all 128. */
#include <floatfann.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/peers/index_data.h"
#include "foundation/clock.h"

enum { INPUTS = 784, OUTPUTS = 10, BATCHES = 16, ROWS = 128, WARM_STEPS = 2 };

static struct fann_train_data *make_batch(uint32_t batch)
{
	struct fann_train_data *data = fann_create_train(ROWS, INPUTS, OUTPUTS);
	for (uint32_t r = 0; data && r < ROWS; r++) {
		uint32_t row = batch * ROWS + r;
		for (uint32_t i = 0; i < INPUTS; i++)
			data->input[r][i] = index_value(row * INPUTS + i);
		for (uint32_t o = 0; o < OUTPUTS; o++)
			data->output[r][o] = index_hash(row) % OUTPUTS == o ? 1.0f : -1.0f;
	}
	return data;
}

int main(int argc, char **argv)
{
	double seconds = argc == 3 ? strtod(argv[2], NULL) : 0.0;
	bool rprop = argc == 3 && !strcmp(argv[1], "rprop");
	if (!(seconds > 0.0) || (!rprop && strcmp(argv[1], "incremental") != 0)) {
		fputs("usage: fann_speed incremental|rprop SECONDS\n", stderr);
		return 2;
	}
	struct fann *network = fann_create_standard(5, INPUTS, 256, 256, 256, OUTPUTS);
	struct fann_train_data *data[BATCHES];
	bool ok = network;
	for (uint32_t b = 0; b < BATCHES; b++) {
		data[b] = make_batch(b);
		ok = ok && data[b];
	}
	if (!ok) {
		fputs("fann_speed: out of memory\n", stderr);
		return 3;
	}
	/* The cheapest of its smooth activations. */
	fann_set_activation_function_hidden(network, FANN_ELLIOT_SYMMETRIC);
	fann_set_activation_function_output(network, FANN_ELLIOT_SYMMETRIC);
	fann_set_training_algorithm(network, rprop ? FANN_TRAIN_RPROP : FANN_TRAIN_INCREMENTAL);
	fann_set_learning_rate(network, 0.01f);
	int step = 0;
	while (step < WARM_STEPS)
		fann_train_epoch(network, data[step++]);
	double start = clock_seconds(CLOCK_MONOTONIC), spent;
	double cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
	do {
		fann_train_epoch(network, data[step++ % BATCHES]);
		spent = clock_seconds(CLOCK_MONOTONIC) - start;
	} while (spent < seconds);
	cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	double samples = (double)(step - WARM_STEPS) * ROWS;
	printf("{\"group\": \"train\", \"case\": \"dense-256\", \"peer\": \"FANN %s\", "
	       "\"unit\": \"samples/s\", \"value\": %.1f, \"cpu_value\": %.1f, \"threads\": 1, "
	       "\"version\": \"Elliot activation\"}\n",
	       argv[1], samples / spent, samples / cpu);
	for (uint32_t b = 0; b < BATCHES; b++)
		fann_destroy_train(data[b]);
	fann_destroy(network);
	return peer_exit(0);
}
