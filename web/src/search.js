// SPDX-License-Identifier: MIT

// Which places are looked for, and what stacks that have one weigh.

// Nodes of @tree that are such places.
export function markMatches(tree, groups) {
	const nodes = new Uint8Array(tree.n);
	for (let i = 1; i < tree.n; i++) nodes[i] = groups.has(tree.group[i]) ? 1 : 0;
	return nodes;
}

export function findMatches(view, grouping, text) {
	const wanted = text.trim().toLowerCase();
	if (!wanted) return null;
	const groups = new Set();
	grouping.places.forEach((place, group) => {
		const names = `${place.name}\n${place.where}\n${place.module}`;
		if (names.toLowerCase().includes(wanted)) groups.add(group);
	});
	const { tree, nodeOfTrace } = grouping;
	const below = markMatches(tree, groups); // or a caller is one
	for (let i = 1; i < tree.n; i++) below[i] |= below[tree.parent[i]];
	const sum = [0, 0, 0, 0];
	for (let t = 0; t < view.a.n; t++)
		if (below[nodeOfTrace[t]])
			view.a.at(t).forEach((x, k) => {
				sum[k] += x;
			});
	return { groups, estimate: view.estimate(sum) };
}
