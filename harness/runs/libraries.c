/* SPDX-License-Identifier: Apache-2.0 */
/* Versions say what a library calls itself, hashes what it is: distributions patch. */
#include "harness/runs/libraries.h"

#include <limits.h> /* PATH_MAX */
#include <link.h>   /* dl_iterate_phdr */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include <csv.h>
#include <gsl/gsl_version.h>
#include <openssl/crypto.h>
#include <xxhash.h>
#include <zlib.h>

#include "harness/tasks/cache.h"
#include "kernels/blis_gemm.h"
#include "foundation/digest.h"

json_t *provenance_versions(void)
{
	char csv[48], xxhash[48];
	const char *libc = "unknown";
	unsigned number = XXH_versionNumber();
	snprintf(csv, sizeof csv, "%d.%d.%d", CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
	snprintf(xxhash, sizeof xxhash, "%u.%u.%u", number / 10000, number / 100 % 100,
		 number % 100);
#ifdef __GLIBC__
	libc = gnu_get_libc_version();
#endif
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "BLIS", blis_gemm_version(),
			 "jansson", jansson_version_str(), "zlib", zlibVersion(), "libcsv", csv,
			 "libcrypto", OpenSSL_version(OPENSSL_VERSION), "GSL", gsl_version,
			 "xxhash", xxhash, "glibc", libc);
}

static int hash_file(const char *path, const char *cache_dir, char hex[65], struct error *error)
{
	char key[PATH_MAX + 192];
	bool keyed = data_cache_file_key(path, key, sizeof key);
	if (keyed && data_cache_get(cache_dir, key, hex, 65) && strlen(hex) == 64)
		return 0;
	int status = digest_file(path, hex, error);
	if (status)
		return error_set(error, ERROR_MACHINE, path, 0, 0, NULL,
				 "to read what the program has loaded, for the record of the run",
				 "%s", error ? error->what : "");
	if (keyed)
		data_cache_put(cache_dir, key, hex);
	return 0;
}

struct walk {
	json_t *loaded;
	const char *cache_dir;
	struct error *error;
	int status;
};

/* Two files of one name in different folders are both listed.  The key holds a file name, NAME_MAX
 * bytes at most, and a number. */
static void list_file(json_t *loaded, const char *name, const char *hex)
{
	char key[PATH_MAX + 16];
	snprintf(key, sizeof key, "%s", name);
	for (int i = 2; json_object_get(loaded, key); i++)
		snprintf(key, sizeof key, "%s (%d)", name, i);
	json_object_set_new(loaded, key, json_string(hex));
}

static int visit(struct dl_phdr_info *info, size_t size, void *context)
{
	struct walk *walk = context;
	char hex[65];
	const char *slash = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;
	(void)size;
	if (!slash)
		return 0; /* the program itself; the kernel's page, which is no file */
	walk->status = hash_file(info->dlpi_name, walk->cache_dir, hex, walk->error);
	if (!walk->status)
		list_file(walk->loaded, slash + 1, hex);
	return walk->status;
}

int provenance_loaded(json_t **loaded, char executable[65], const char *cache_dir,
		      struct error *error)
{
	struct walk walk = {.loaded = json_object(), .cache_dir = cache_dir, .error = error};
	/* A stable name with a key of its own: the link's target is what counts. */
	char *self = realpath("/proc/self/exe", NULL);
	if (!walk.loaded)
		walk.status = error_no_memory(error, NULL);
	else
		walk.status =
		    hash_file(self ? self : "/proc/self/exe", cache_dir, executable, error);
	free(self);
	if (!walk.status)
		dl_iterate_phdr(visit, &walk);
	if (walk.status)
		json_decref(walk.loaded);
	else
		*loaded = walk.loaded;
	return walk.status;
}
