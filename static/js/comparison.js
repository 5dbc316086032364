// Two runs beside each other: a server that does not answer is told on the page.

import { showUnreachable } from "./unreachable.js";

document.addEventListener("htmx:error", showUnreachable);
