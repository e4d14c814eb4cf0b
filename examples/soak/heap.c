/*
 * Counts the memory of a PBX while it runs: loaded before the C library by scripts/soak.
 *
 * It works only in the process that was started as a PBX in the foreground, and keeps its counts in the file `heap` of
 * the folder that the PBX was started in; examples/soak/heap.rs reads them there. All that is allocated is counted.
 * What the SRTP module allocates, itself or in what it calls, is counted apart, from the moment at which the reader
 * writes where the module lies. Such a block carries a mark behind its last byte, so that free() knows it again.
 *
 * Only plain files of the C library are used here: whatever calls malloc is counted too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

/* The C library's own, for whoever puts something in front of them. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

/* Callers that are looked at: from the module down to malloc there are fewer. */
#define FRAMES 16
/* What malloc itself needs for a block. */
#define OVERHEAD 8

/* The file, in this order: heap.rs has the same. */
struct counts {
	_Atomic uint64_t bytes;
	_Atomic uint64_t module_bytes;
	_Atomic uint64_t module_blocks;
	_Atomic uint64_t module_made;
	/* Written by the reader: where the module's code begins and ends. */
	_Atomic uint64_t module_start;
	_Atomic uint64_t module_end;
};

struct mark {
	uint64_t sign[2];
};

static const struct mark marked = {{0x9d1f3a7c55e2b846, 0x60c8e4171bf29da3}};
static struct counts nowhere;
static struct counts *counts = &nowhere;
static __thread int unwinding __attribute__((tls_model("initial-exec")));

struct search {
	uintptr_t start, end;
	int frames, found;
};

static _Unwind_Reason_Code look_at(struct _Unwind_Context *context, void *state)
{
	struct search *search = state;
	uintptr_t address = _Unwind_GetIP(context);

	search->found = address >= search->start && address < search->end;
	return search->found || ++search->frames == FRAMES ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static int is_for_module(void)
{
	struct search search = {.start = counts->module_start, .end = counts->module_end};

	if (search.end && !unwinding) {
		unwinding = 1;
		_Unwind_Backtrace(look_at, &search);
		unwinding = 0;
	}
	return search.found;
}

/* The last bytes of a block that malloc gave, which are behind what was asked for if it is marked. */
static struct mark *mark_of(void *block)
{
	return (struct mark *)((char *)block + malloc_usable_size(block) - sizeof(struct mark));
}

static void *count(void *block, int for_module)
{
	uint64_t size;

	if (block) {
		size = malloc_usable_size(block) + OVERHEAD;
		counts->bytes += size;
		if (for_module) {
			memcpy(mark_of(block), &marked, sizeof(marked));
			counts->module_bytes += size;
			counts->module_blocks++;
			counts->module_made++;
		}
	}
	return block;
}

static void uncount(void *block)
{
	uint64_t size;

	if (block) {
		size = malloc_usable_size(block) + OVERHEAD;
		counts->bytes -= size;
		if (!memcmp(mark_of(block), &marked, sizeof(marked))) {
			memset(mark_of(block), 0, sizeof(marked));
			counts->module_bytes -= size;
			counts->module_blocks--;
		}
	}
}

/* Room for the mark; a size that is too large stays so. */
static size_t with_mark(size_t size, int for_module)
{
	return for_module && size < SIZE_MAX / 2 ? size + sizeof(struct mark) : size;
}

void *malloc(size_t size)
{
	int for_module = is_for_module();

	return count(__libc_malloc(with_mark(size, for_module)), for_module);
}

void *calloc(size_t number, size_t size)
{
	int for_module = is_for_module();
	size_t all;

	if (__builtin_mul_overflow(number, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return count(__libc_calloc(1, with_mark(all, for_module)), for_module);
}

void *realloc(void *old, size_t size)
{
	int for_module = is_for_module();

	uncount(old);
	return count(__libc_realloc(old, with_mark(size, for_module)), for_module);
}

void *memalign(size_t alignment, size_t size)
{
	int for_module = is_for_module();

	return count(__libc_memalign(alignment, with_mark(size, for_module)), for_module);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
	void *fresh = memalign(alignment, size);

	if (fresh) {
		*block = fresh;
	}
	return fresh ? 0 : ENOMEM;
}

void free(void *block)
{
	int error = errno;

	uncount(block);
	__libc_free(block);
	errno = error;
}

/* The PBX is started with -f by the soak; its console commands are not. */
static int is_pbx(void)
{
	char line[8192];
	int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t len = file < 0 ? -1 : read(file, line, sizeof(line));
	char *asterisk = len > 0 ? memmem(line, len, "/sbin/asterisk", sizeof("/sbin/asterisk")) : NULL;

	if (file >= 0) {
		close(file);
	}
	return asterisk && memmem(asterisk, line + len - asterisk, "\0-f", sizeof("\0-f"));
}

static void __attribute__((constructor)) begin(void)
{
	int file = is_pbx() ? open("heap", O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	struct counts *shared;

	if (file < 0) {
		return;
	}
	shared = ftruncate(file, sizeof(*shared)) ? MAP_FAILED
		: mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);
	if (shared != MAP_FAILED) {
		shared->bytes = counts->bytes;
		counts = shared;
	}
}
