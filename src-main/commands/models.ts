import type { AliasEntry, ModelEntry, ModelsReport, ServerEntry } from '../../src-shared/catalogue.ts';
import { type CommandContext, print, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';

/** `dragoman models [--refresh]`. */
export async function modelsCommand(context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments(context.args, { refresh: { type: 'boolean' } });
  if (positionals.length > 0) throw new UsageError(`models takes no "${positionals[0]}"`);
  const report = await withControl(context, async (control) => {
    // Without a service nothing is known yet: every server is asked once.
    const { gateway } = await control.status();
    return control.models.report({ refresh: values.refresh === true || gateway === null });
  });
  print(context, report, describeReport(report));
  return 0;
}

function describeReport(report: ModelsReport): readonly string[] {
  const gateway = report.gateway.url === null ? 'The service does not run.' : `The gateway is ${report.gateway.url}`;
  const servers = report.servers.flatMap(describeServer);
  const aliases = report.aliases.map(describeAlias);
  const slots = Object.entries(report.slots).map(([slot, target]) => `  ${slot} → ${target}`);
  return [
    gateway,
    ...(servers.length > 0 ? servers : ['', 'No model server was found.']),
    ...(aliases.length > 0 ? ['', 'Aliases', ...aliases] : []),
    ...(slots.length > 0 ? ['', 'Slots', ...slots] : []),
  ];
}

function describeAlias({ id, target, fallback = [], sharedWith = [], localOnly }: AliasEntry): string {
  return `  ${id} → ${[[target, ...sharedWith].join(' and '), ...fallback].join(', else ')}${localOnly === true ? '  (this computer only)' : ''}`;
}

function describeServer(server: ServerEntry): readonly string[] {
  const version = server.version === null ? '' : ` ${server.version}`;
  const head = `${server.id}  ${server.kind}${version}  ${server.baseUrl}  ${server.state}`;
  const columns = server.models.map(describeModel);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...columns.map((cells) => cells[column]?.length ?? 0)));
  const rows = columns.map((cells) =>
    `  ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd(),
  );
  return ['', head, ...(server.message === null ? [] : [`  ${server.message}`]), ...rows];
}

function describeModel({ id, loaded, contextWindow, capabilities }: ModelEntry): readonly string[] {
  const { inForce, maximum } = contextWindow;
  const context = inForce === null ? '' : `${inForce} tokens${maximum === null ? '' : ` of ${maximum}`}`;
  const able = Object.entries(capabilities).flatMap(([name, value]) => (value === true ? [name] : []));
  return [id, loaded === true ? 'loaded' : '', context, able.join(', ')];
}
