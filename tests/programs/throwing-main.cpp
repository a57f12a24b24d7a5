/* SPDX-License-Identifier: MIT */
#include "throwing.h"

int main()
{
	return throwing();
}
