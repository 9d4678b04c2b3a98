// SPDX-License-Identifier: Apache-2.0
// The C interface of kernels/random.h over libpcg-cpp's pcg64. One of the project's two C++ files.
#include "kernels/random.h"

#include <cstring>
#include <pcg_random.hpp>

namespace
{

typedef pcg_extras::pcg128_t uint128;

uint64_t fnv1a(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *byte = static_cast<const unsigned char *>(bytes);
	for (size_t i = 0; i < size; i++) {
		hash ^= byte[i];
		hash *= 0x100000001b3u;
	}
	return hash;
}

uint64_t splitmix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

// The generator's LCG step (PCG's default 128-bit multiplier) and XSL-RR output are taken from the
// library by restoring its two words; state is advanced before output, as pcg64 does.
struct engine : pcg64 {
	engine(uint128 state, uint128 increment) : pcg64()
	{
		this->state_ = state;
		this->inc_ = increment;
	}
	uint128 state() const
	{
		return this->state_;
	}
	uint128 increment() const
	{
		return this->inc_;
	}
};

uint128 join(uint64_t high, uint64_t low)
{
	return (static_cast<uint128>(high) << 64) | static_cast<uint128>(low);
}

void store(random_stream *stream, uint128 state, uint128 increment)
{
	stream->opaque[0] = static_cast<uint64_t>(state >> 64);
	stream->opaque[1] = static_cast<uint64_t>(state);
	stream->opaque[2] = static_cast<uint64_t>(increment >> 64);
	stream->opaque[3] = static_cast<uint64_t>(increment);
}

} // namespace

void random_open(struct random_stream *stream, uint64_t seed, const char *purpose, const char *name)
{
	uint64_t word[4];
	for (unsigned char j = 0; j < 4; j++) {
		unsigned char little[8];
		for (int i = 0; i < 8; i++)
			little[i] = static_cast<unsigned char>(seed >> (8 * i));
		uint64_t hash = 0xcbf29ce484222325u;
		hash = fnv1a(hash, little, sizeof little);
		hash = fnv1a(hash, purpose, std::strlen(purpose) + 1);
		hash = fnv1a(hash, name, std::strlen(name) + 1);
		hash = fnv1a(hash, &j, 1);
		word[j] = splitmix(hash);
	}
	struct opened : engine {
		opened(const pcg64 &made) : engine(0, 0)
		{
			static_cast<pcg64 &>(*this) = made;
		}
	} made(pcg64(join(word[0], word[1]), join(word[2], word[3])));
	store(stream, made.state(), made.increment());
}

uint64_t random_next(struct random_stream *stream)
{
	engine made(join(stream->opaque[0], stream->opaque[1]),
		    join(stream->opaque[2], stream->opaque[3]));
	uint64_t value = made();
	store(stream, made.state(), made.increment());
	return value;
}

void random_skip(struct random_stream *stream, uint64_t count)
{
	engine made(join(stream->opaque[0], stream->opaque[1]),
		    join(stream->opaque[2], stream->opaque[3]));
	made.advance(count);
	store(stream, made.state(), made.increment());
}

uint64_t random_below(struct random_stream *stream, uint64_t bound)
{
	uint64_t threshold = (0 - bound) % bound;
	for (;;) {
		uint64_t value = random_next(stream);
		if (value >= threshold)
			return value % bound;
	}
}

float random_unit_float(struct random_stream *stream)
{
	return static_cast<float>(random_next(stream) >> 40) * 0x1p-24f;
}

double random_unit_double(struct random_stream *stream)
{
	return static_cast<double>(random_next(stream) >> 11) * 0x1p-53;
}

void random_shuffle(struct random_stream *stream, int64_t *items, int64_t n)
{
	for (int64_t i = n - 1; i > 0; i--) {
		int64_t j =
		    static_cast<int64_t>(random_below(stream, static_cast<uint64_t>(i) + 1));
		int64_t item = items[i];
		items[i] = items[j];
		items[j] = item;
	}
}
