// SPDX-License-Identifier: MIT

// Zoom and search in a flame graph that is a file of its own: svg_flame.c has
// drawn all of it, and puts this behind it.  A frame is a group of a box, a
// title (lines of its name, its figures and where it is), and a label where
// there was room.

(() => {
	const svg = document.currentScript.ownerSVGElement;
	const LETTER = 6.7; // px
	const SLACK = 0.01; // what boxes are rounded by, and a bit

	const frames = [...svg.querySelectorAll("g")].map((group) => {
		const box = group.querySelector("rect");
		const [x, y, w] = ["x", "y", "width"].map((key) =>
			Number(box.getAttribute(key)),
		);
		const title = group.querySelector("title").textContent;
		const [name, , where = ""] = title.split("\n");
		const text = `${name}\n${where}`.toLowerCase();
		const label = group.querySelector("text");
		const drawn = label?.textContent ?? "";
		return { group, box, label, drawn, x, y, w, name, text };
	});
	if (!frames.length) return;
	const [root, ...rest] = frames;

	// As name_place() has it: parameters go first, then the beginning.
	function shorten({ name, label, drawn }, room) {
		if (room < 4) return "";
		if (name.length <= room) return name;
		if (label && drawn.length === room) return drawn;
		const bare = name.replace(/(.)\(.*$/, "$1");
		return bare.length <= room ? bare : `…${bare.slice(1 - room)}`;
	}

	function write(frame, x, w) {
		const room = Math.floor((w - 6) / LETTER);
		if (!frame.label && room >= 4) {
			frame.label = make("text", { class: "n", y: frame.y + 12.5 });
			frame.group.append(frame.label);
		}
		if (!frame.label) return;
		frame.label.setAttribute("x", x + 3);
		frame.label.textContent = shorten(frame, room);
	}

	function place(frame, to) {
		const end = to.x + to.w;
		const middle = frame.x + frame.w / 2;
		const isAbove =
			frame.y < to.y &&
			frame.x - SLACK <= to.x &&
			frame.x + frame.w + SLACK >= end;
		const isInside = frame.y >= to.y && middle >= to.x && middle <= end;
		frame.group.style.display = isAbove || isInside ? "" : "none";
		frame.group.style.opacity = isAbove ? 0.55 : "";
		if (!isAbove && !isInside) return;
		const scale = root.w / to.w;
		const x = isAbove ? root.x : root.x + (frame.x - to.x) * scale;
		const w = isAbove ? root.w : frame.w * scale;
		frame.box.setAttribute("x", x);
		frame.box.setAttribute("width", w);
		write(frame, x, w);
	}

	function zoom(to) {
		for (const frame of frames) place(frame, to);
		reset.style.display = to === root ? "none" : "";
	}

	// Of what is found below each other, the outermost counts.
	function search(text) {
		const wanted = text.trim().toLowerCase();
		const hits = rest.filter((f) => wanted && f.text.includes(wanted));
		const found = new Set(hits);
		for (const { group } of frames) group.classList.remove("hit", "miss");
		if (wanted)
			for (const frame of frames)
				frame.group.classList.add(found.has(frame) ? "hit" : "miss");
		let sum = 0;
		let end = Number.NEGATIVE_INFINITY;
		for (const { x, w } of hits.sort((a, b) => a.x - b.x || b.w - a.w)) {
			if (x + w <= end + SLACK) continue;
			sum += w;
			end = x + w;
		}
		share.textContent = wanted
			? `${((100 * sum) / root.w).toFixed(1)}% match`
			: "";
	}

	function make(tag, attributes, parent = null) {
		const space = tag === "input" ? "1999/xhtml" : "2000/svg";
		const e = document.createElementNS(`http://www.w3.org/${space}`, tag);
		for (const [key, value] of Object.entries(attributes))
			e.setAttribute(key, value);
		parent?.append(e);
		return e;
	}

	const right = root.x + root.w;
	svg.removeAttribute("role");
	make("style", {}, svg).textContent =
		"g{cursor:pointer}g:hover rect{fill-opacity:.8}" +
		".hit rect{stroke:#d10a78;stroke-width:2}.miss{fill-opacity:.35}" +
		"input{box-sizing:border-box;width:100%;font:12px system-ui,sans-serif;" +
		"padding:2px 6px;color:var(--f);background:var(--b);" +
		"border:1px solid var(--d);border-radius:4px}" +
		".press{cursor:pointer;text-decoration:underline}";
	const field = make(
		"foreignObject",
		{ x: right - 200, y: 5, width: 200, height: 26 },
		svg,
	);
	const input = make("input", { type: "search", placeholder: "Find ( / )" });
	field.append(input);
	const end = { y: 22, "text-anchor": "end" };
	const share = make("text", { ...end, x: right - 208, class: "b" }, svg);
	const reset = make(
		"text",
		{ ...end, x: right, y: 44, class: "press", tabindex: 0 },
		svg,
	);
	reset.textContent = "Back to all";
	reset.style.display = "none";

	input.addEventListener("input", () => search(input.value));
	reset.addEventListener("click", () => zoom(root));
	svg.addEventListener("click", (event) => {
		const frame = frames.find((f) => f.group.contains(event.target));
		if (frame) zoom(frame);
	});
	document.addEventListener("keydown", (event) => {
		if (event.key === "Escape" && input.value) {
			input.value = "";
			search("");
		} else if (event.key === "Escape") {
			zoom(root);
		} else if (event.key === "/" && event.target !== input) {
			input.focus();
			event.preventDefault();
		} else if (event.key === "Enter" && event.target === reset) {
			zoom(root);
		}
	});
})();
