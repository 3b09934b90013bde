/**
 * A desktop entry that starts `command` when the user logs in (freedesktop.org's Desktop Application Autostart and Desktop Entry
 * specifications).
 */
export function autostartEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Dragoman',
    'Comment=Lets coding agents work with any model',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** Quoting of an Exec argument: reserved characters within double quotes are escaped, then the string itself, and % is a field code. */
function quoted(argument: string): string {
  const escaped = argument
    .replaceAll(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%');
  return /^[\w@+=:,./-]+$/.test(argument) ? argument : `"${escaped}"`;
}
