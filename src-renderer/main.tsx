import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { App } from './app.tsx';
import { type Control, connectControl, connectDesktop, connectShell, isDesktopWindow, takeToken } from './control.ts';
import './styles.css';

// The page's content security policy lets no text become code, which zod would try for speed.
z.config({ jitless: true });

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    {isDesktopWindow() ? (
      <App control={connectDesktop()} shell={connectShell()} />
    ) : (
      <App control={overHttp()} shell={null} />
    )}
  </StrictMode>,
);

function overHttp(): Control | null {
  const token = takeToken();
  return token === null ? null : connectControl(token);
}
