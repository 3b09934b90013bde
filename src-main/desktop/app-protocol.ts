import { readFile } from 'node:fs/promises';
import { protocol, type Session } from 'electron';
import { findWindowFile, securityHeaders } from '../control/window-files.ts';

const scheme = 'app';

/** The one origin that the window's page has, and the page itself. */
export const windowOrigin = `${scheme}://dragoman`;
export const windowPage = `${windowOrigin}/index.html`;

/** True for an address of the window's own origin. */
export function isWindowAddress(address: string): boolean {
  return address.startsWith(`${windowOrigin}/`);
}

/** Makes `app:` a secure scheme with an origin. Must be called before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built files below `directory` as `app://dragoman/…`, with the content security policy as a header. */
export function serveAppScheme(session: Session, directory: string): void {
  session.protocol.handle(scheme, async (request) => {
    const { host, pathname } = new URL(request.url);
    const file =
      host === 'dragoman' && request.method === 'GET' ? await findWindowFile(directory, pathname.slice(1)) : null;
    if (file === null) return new Response('not found\n', { status: 404, headers: securityHeaders });
    const headers = { ...securityHeaders, 'content-type': file.contentType };
    return new Response(new Uint8Array(await readFile(file.path)), { headers });
  });
}
