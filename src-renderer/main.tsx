import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { connectControl, takeToken } from './control.ts';
import './styles.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
const token = takeToken();
createRoot(root).render(
  <StrictMode>
    <App control={token === null ? null : connectControl(token)} />
  </StrictMode>,
);
