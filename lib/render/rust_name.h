/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "name.h"

/*
 * Names of Rust functions as they are demangled: where a path would begin, the
 * type whose function it is may stand in brackets (the Rust reference, paths).
 *
 *	<alloc::vec::Vec<T> as Extend<T>>::extend	alloc::vec::Vec::extend
 *	<T as Into<U>>::into				Into::into
 *	map::<impl map::HashMap<K, V>>::entry		map::HashMap::entry
 *	<[u8]>::to_vec_in::<Global>			slice::to_vec_in
 */

/*
 * Writes @in without such brackets to @out, of NAME_BYTES; false: it has none,
 * and @out is undefined.
 */
bool rust_name_plain(char *out, const char *in);
