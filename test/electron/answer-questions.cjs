// @ts-nocheck Electron loads it by require, which this project's module setting knows nothing of.
// Loaded into the app before its own code: answers its message boxes as DRAGOMAN_TEST_ANSWERS says, and keeps what they asked. A folder is
// chosen by the same: the answer is its path.
const { dialog } = require('electron');

/** @type {string[]} */
const answers = JSON.parse(process.env.DRAGOMAN_TEST_ANSWERS ?? '[]');
/** @type {unknown[]} */
const asked = [];
Object.assign(globalThis, { dragomanAsked: asked });
Object.assign(dialog, {
  /** @param {any[]} given a parent window may come first */
  showMessageBox: async (...given) => {
    const { message, detail, buttons } = given.at(-1);
    asked.push({ message, detail, buttons });
    const wanted = answers.shift();
    const response = buttons.findIndex(
      (/** @type {string} */ label) => wanted !== undefined && label.startsWith(wanted),
    );
    if (response === -1) throw new Error(`no answer "${wanted}" among ${buttons.join(', ')}: ${message}`);
    return { response, checkboxChecked: false };
  },
  showOpenDialog: async () => {
    const folder = answers.shift();
    return { canceled: folder === undefined, filePaths: folder === undefined ? [] : [folder] };
  },
});
