/*
 * For the programs that pass NULL for each pointer of each function, one at a time: refused, and nothing else happens.
 * tests/c_abi.rs sees to it that every exported function is called in one of them.
 */
#ifndef NULLS_H
#define NULLS_H

#include "check.h"

#define CHECK_NULL(call) CHECK_STATUS(call, VOXSEAL_ERR_NULL_POINTER)

/* What a place holds that must not be written to. */
enum { UNTOUCHED = 4711 };

#endif
