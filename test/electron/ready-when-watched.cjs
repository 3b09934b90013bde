// @ts-nocheck Electron loads it by require, which this project's module setting knows nothing of.
// Loaded into the app before its own code: the app is ready only once Playwright watches it, as with the Electron that Playwright finds by
// itself. A window that opens while Playwright connects may navigate between two of its questions, and then it waits for that navigation
// for good.
const { app } = require('electron');

const ready = app.whenReady();
const watched = new Promise((resolve) => {
  // Playwright's name for it, called at the end of launch().
  Object.assign(globalThis, { __playwright_run: resolve });
});
app.whenReady = () => watched.then(() => ready);
