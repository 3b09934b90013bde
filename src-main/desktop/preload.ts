import { ipcRenderer } from 'electron';
import { controlChannel, shellChannel } from './channel.ts';

// Runs before the page's own scripts, in a world of its own. The page gets no function of Electron: it posts a port, and this passes it on.
window.addEventListener('message', (event) => {
  const [port] = event.ports;
  // Another frame could post here, too: only the page itself is heard.
  if (event.source !== window || event.origin !== location.origin || port === undefined) return;
  for (const channel of [controlChannel, shellChannel]) {
    if (event.data === channel) ipcRenderer.postMessage(channel, null, [port]);
  }
});
