// SPDX-License-Identifier: MIT

// Pages without a browser: the data that they have, as the page reads it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { read } from "../src/data.js";
import { Profile } from "../src/profile.js";

export const dir = process.env.HEAPPROF_TEST_DIR;

export function readJson(name) {
	return JSON.parse(readFileSync(join(dir, `${name}.json`), "utf8"));
}

export function readProfile(name) {
	const html = readFileSync(join(dir, `${name}.html`), "utf8");
	const part = (id) => {
		const match = new RegExp(`id="${id}">([^<]*)<`).exec(html);
		return match && gunzipSync(Buffer.from(match[1], "base64"));
	};
	return new Profile(
		read(part("about").toString(), part("traces"), part("split")),
	);
}

// Equal but for what is rounded: whole bytes, and variances of 20 bits.
export function isClose(a, b, slack = 1e-3) {
	return Math.abs(a - b) <= 1 + slack * Math.max(Math.abs(a), Math.abs(b));
}
