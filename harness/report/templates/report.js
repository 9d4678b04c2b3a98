// SPDX-License-Identifier: Apache-2.0
// Sorting of tables, and opening of what a link leads into. The page reads without it.
"use strict";
(() => {
	// Numbers by their full value, words as a reader orders them; what has no value is last.
	const key = (row, column) => {
		const cell = row.cells[column];
		const value = cell.dataset.v;
		return value === undefined ? cell.textContent.trim() : Number(value);
	};
	const compare = (a, b) => {
		if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
		return typeof a === "number" ? a - b : a.localeCompare(b, "en", {numeric: true});
	};

	const sort = (table, column) => {
		const heads = [...table.tHead.rows[0].cells];
		const up = heads[column].getAttribute("aria-sort") !== "ascending";
		const body = table.tBodies[0];
		const rows = [...body.rows].map(row => ({row, key: key(row, column)}));
		rows.sort((a, b) =>
			typeof a.key === typeof b.key && !up ? compare(b.key, a.key) : compare(a.key, b.key));
		heads.forEach(head => head.removeAttribute("aria-sort"));
		heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
		body.append(...rows.map(({row}) => row));
	};

	for (const table of document.querySelectorAll("table.sort"))
		[...table.tHead.rows[0].cells].forEach((head, column) => {
			const button = document.createElement("button");
			button.type = "button";
			button.append(...head.childNodes);
			button.addEventListener("click", () => sort(table, column));
			head.append(button);
		});

	const reveal = () => {
		const target = document.getElementById(location.hash.slice(1));
		if (!target) return;
		for (let box = target.closest("details"); box; box = box.parentElement.closest("details"))
			box.open = true;
		target.scrollIntoView();
	};
	addEventListener("hashchange", reveal);
	if (location.hash) reveal();

	// Paper cannot be clicked: all is opened for it, and closed again.
	let closed = [];
	addEventListener("beforeprint", () => {
		closed = [...document.querySelectorAll("details:not([open])")];
		closed.forEach(box => { box.open = true; });
	});
	addEventListener("afterprint", () => closed.forEach(box => { box.open = false; }));
})();
