/* SPDX-License-Identifier: MIT */

#include "sys.h"

bool sys_confined;
