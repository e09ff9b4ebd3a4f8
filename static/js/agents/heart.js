// A worker that ticks once a second. Browsers let the timers of a page in the background run once a
// minute, and a phone that says it is alive once a minute is taken for dead; workers keep time.
setInterval(() => postMessage("tick"), 1000);
