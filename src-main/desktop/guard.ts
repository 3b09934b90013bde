import { app, type Session } from 'electron';
import { isWindowAddress } from './app-protocol.ts';

/** What the page of the window may ask the system for: copying as a user's act. */
const permitted: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** Nothing that a page shows or runs leaves the window: no navigation, window, frame in the page's place, or embedded browser. */
export function confineContents(): void {
  app.on('web-contents-created', (_created, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.on('will-navigate', (event) => {
      if (!isWindowAddress(event.url)) event.preventDefault();
    });
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame || !isWindowAddress(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
  });
}

/** Requests go to our own origin only, and no permission is given but the permitted ones. `devtools:` is the developer tools themselves. */
export function confineSession(session: Session): void {
  // A window that spells nothing is not enough: the session fetches a dictionary from Google all the same, below what can be refused here.
  session.setSpellCheckerLanguages([]);
  session.webRequest.onBeforeRequest((details, answer) => {
    answer({ cancel: !isWindowAddress(details.url) && !details.url.startsWith('devtools://') });
  });
  session.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl, isMainFrame }) => {
    answer(permitted.has(permission) && isMainFrame && isWindowAddress(requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin, { isMainFrame }) => {
    return permitted.has(permission) && isMainFrame && isWindowAddress(`${origin.replace(/\/$/, '')}/`);
  });
  session.setDevicePermissionHandler(() => false);
}
