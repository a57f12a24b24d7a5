// SPDX-License-Identifier: MIT

// A function between all who call it and all that it calls: two trees that
// begin at it.  A stack that has it several times counts once, from the
// outermost one on.

import { Tree } from "./grouping.js";

// For each node, the outermost one of @group on the way to it; 0: none.
function findOutermost(tree, group) {
	const found = new Int32Array(tree.n);
	for (let i = 1; i < tree.n; i++)
		found[i] = found[tree.parent[i]] || (tree.group[i] === group ? i : 0);
	return found;
}

function growCallees(tree, found) {
	const out = new Tree(tree.n);
	const node = new Int32Array(tree.n).fill(-1);
	for (let i = 1; i < tree.n; i++) {
		if (!found[i]) continue;
		node[i] =
			found[i] === i ? 0 : out.child(node[tree.parent[i]], tree.group[i]);
	}
	return { tree: out, node };
}

function growCallers(tree, found) {
	const out = new Tree(tree.n);
	const node = new Int32Array(tree.n).fill(-1);
	const end = new Int32Array(tree.n);
	for (let i = 1; i < tree.n; i++) {
		if (found[i] !== i) continue;
		let caller = 0;
		for (let k = tree.parent[i]; k; k = tree.parent[k])
			caller = out.child(caller, tree.group[k]);
		end[i] = caller;
	}
	for (let i = 1; i < tree.n; i++) if (found[i]) node[i] = end[found[i]];
	return { tree: out, node };
}

// Weights of both trees for what @view shows; both have the same total.
export function sandwich(view, grouping, group) {
	const found = findOutermost(grouping.tree, group);
	return [growCallers, growCallees].map((grow) => {
		const { tree, node } = grow(grouping.tree, found);
		tree.group[0] = group;
		return view.weigh(
			tree,
			grouping.nodeOfTrace.map((i) => node[i]),
		);
	});
}
