import type { ReactNode } from 'react';

/** Line icons on a 16-px grid in the colour of the text. They never stand alone: a word or a label says the same. */
function Icon({ children, className = 'size-4' }: { readonly children: ReactNode; readonly className?: string }) {
  return (
    <svg
      className={`shrink-0 ${className}`}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export function LogoIcon() {
  return (
    <svg className="size-5 shrink-0 text-accent" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 .8 15.2 8 8 15.2.8 8Z" fill="currentColor" />
      <path d="M8 5 11 8 8 11 5 8Z" className="fill-ground" />
    </svg>
  );
}

export function CopyIcon() {
  return (
    <Icon>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 5.5v-1.500a1.5 1.5 0 0 0-1.5-1.500h-5a1.5 1.5 0 0 0-1.5 1.500v5a1.5 1.5 0 0 0 1.5 1.500h1.5" />
    </Icon>
  );
}

export function DoneIcon() {
  return (
    <Icon>
      <path d="m3 8.5 3.5 3.5 6.5-7.5" />
    </Icon>
  );
}

export function RefreshIcon({ turning }: { readonly turning: boolean }) {
  return (
    <Icon className={`size-4 ${turning ? 'motion-safe:animate-spin' : ''}`}>
      <path d="M13.5 8a5.5 5.5 0 1 1-1.7-4" />
      <path d="M13.5 1.800v3h-3" />
    </Icon>
  );
}

export function WarningIcon() {
  return (
    <Icon>
      <path d="M8 2.2 14.3 13.200H1.700Z" />
      <path d="M8 6.500v3M8 11.400v.1" />
    </Icon>
  );
}

export function InfoIcon() {
  return (
    <Icon>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 7.500v3.500M8 5v.1" />
    </Icon>
  );
}

export function SearchIcon() {
  return (
    <Icon>
      <circle cx="7" cy="7" r="4.5" />
      <path d="m10.5 10.5 3 3" />
    </Icon>
  );
}

/** `forAWhile`: rests after ten seconds, where a wait may have no end: what moves for good costs a tenth of a processor's core. */
export function SpinnerIcon({ forAWhile = false }: { readonly forAWhile?: boolean }) {
  return (
    <Icon className={`size-4 ${forAWhile ? 'motion-safe:animate-[spin_1s_linear_10]' : 'motion-safe:animate-spin'}`}>
      <path d="M8 2.500a5.5 5.5 0 1 0 5.5 5.5" />
    </Icon>
  );
}

/** A disc for "yes", a ring for "no", a dashed ring for "not known": told apart without colour. */
export function StateIcon({ state }: { readonly state: 'yes' | 'no' | 'unknown' }) {
  return (
    <svg className="size-2.5 shrink-0" viewBox="0 0 10 10" aria-hidden="true">
      {state === 'yes' ? (
        <circle cx="5" cy="5" r="4.5" fill="currentColor" />
      ) : (
        <circle
          cx="5"
          cy="5"
          r="4"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray={state === 'unknown' ? '2 2' : undefined}
        />
      )}
    </svg>
  );
}

export function CloseIcon() {
  return (
    <Icon>
      <path d="m4 4 8 8M12 4l-8 8" />
    </Icon>
  );
}

export function PauseIcon() {
  return (
    <Icon>
      <path d="M5.5 3.500v9M10.500 3.500v9" />
    </Icon>
  );
}

export function ResumeIcon() {
  return (
    <Icon>
      <path d="M5 3.200v9.600L12.500 8Z" />
    </Icon>
  );
}

export function ModelsIcon() {
  return (
    <Icon>
      <path d="m8 1.800 5.600 3.100v6.200L8 14.200l-5.600-3.100V4.900Z" />
      <path d="M2.600 5 8 8l5.400-3M8 8v6" />
    </Icon>
  );
}

export function AgentsIcon() {
  return (
    <Icon>
      <rect x="1.800" y="2.800" width="12.400" height="10.400" rx="1.500" />
      <path d="m4.500 6 2.200 2-2.200 2M8.500 10.200h3" />
    </Icon>
  );
}

export function ActivityIcon() {
  return (
    <Icon>
      <path d="M1.500 8.500h3l2-5.500 3 10 2-4.500h3" />
    </Icon>
  );
}

export function SettingsIcon() {
  return (
    <Icon>
      <path d="M2 4.500h5.500M11.500 4.500H14M2 11.500h2.500M8.500 11.500H14" />
      <circle cx="9.500" cy="4.500" r="2" />
      <circle cx="6.500" cy="11.500" r="2" />
    </Icon>
  );
}

export function ChevronIcon() {
  return (
    <Icon className="size-3.5">
      <path d="m6 3.500 4.500 4.500L6 12.500" />
    </Icon>
  );
}

export function MoreIcon() {
  return (
    <Icon>
      <path d="M3.500 8h.01M8 8h.01M12.500 8h.01" strokeWidth="2.500" />
    </Icon>
  );
}

export function PlusIcon() {
  return (
    <Icon>
      <path d="M8 3.500v9M3.500 8h9" />
    </Icon>
  );
}

export function UpIcon() {
  return (
    <Icon>
      <path d="M8 13V3.500M4 7l4-4 4 4" />
    </Icon>
  );
}
