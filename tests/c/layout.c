/*
 * The structs of the header lie in memory as the library has them. tests/c_abi.rs defines LAYOUT as what Rust says:
 * STRUCT(name, size, alignment) and FIELD(struct, field, offset, size) for each.
 */

#include "check.h"

#define STRUCT(name, size, alignment) \
	CHECK(sizeof(name) == (size)); \
	CHECK(offsetof(struct { char before; name it; }, it) == (alignment));

#define FIELD(name, field, offset, size) \
	CHECK(offsetof(name, field) == (offset)); \
	CHECK(sizeof(((name *) NULL)->field) == (size));

int main(void)
{
	LAYOUT
	return 0;
}
