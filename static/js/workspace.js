// The workspace's own script: keys, zoom, and a little care around what htmx exchanges.

import { listenToKeys } from "./keys.js";
import { watchExchanges } from "./exchange.js";
import { watchCanvas } from "./canvas.js";
import { setUpMenu } from "./menu.js";
import { watchPanel } from "./below.js";
import { watchCells } from "./cells.js";
import { watchNet } from "./net.js";
import { watchCurves } from "./curve.js";
import { watchRun } from "./live.js";
import { keepPlaceOverTabs } from "./tabs.js";

watchExchanges();
watchCanvas();
watchNet();
watchCurves();
listenToKeys();
setUpMenu();
watchCells();
watchPanel();
keepPlaceOverTabs();
watchRun();
