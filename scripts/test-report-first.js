// SPDX-License-Identifier: Apache-2.0
// Before all of the page's own: what a browser would complain of is kept for the test.
"use strict";
const complaints = [];
addEventListener("error", event => complaints.push(event.message));
addEventListener("unhandledrejection", event => complaints.push(String(event.reason)));
addEventListener("securitypolicyviolation", event => complaints.push(event.violatedDirective));
for (const name of ["error", "warn"])
	console[name] = (...words) => complaints.push(words.join(" "));
