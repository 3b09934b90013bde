import { useState } from 'react';
import { agentLabels, agentPromptTokens, isTooSmallForAgents, roomFor } from '../../../src-shared/agent-prompts.ts';
import { agentIds } from '../../../src-shared/agents.ts';
import type { LoadingState, ModelEntry, ModelsReport, ServerEntry } from '../../../src-shared/catalogue.ts';
import type { KeyInfo } from '../../../src-shared/control.ts';
import type { ModelLoad } from '../../../src-shared/model-loads.ts';
import { serverKind } from '../../../src-shared/server-kinds.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { SpinnerIcon, WarningIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { Progress } from '../../components/progress.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { Words } from '../../components/words.tsx';
import type { Control } from '../../control.ts';
import { AskIt } from './ask-it.tsx';
import { CheckUp } from './check-up.tsx';
import { shortTokens } from './context-window.ts';
import { Fact } from './fact.tsx';
import { LoadWords } from './load-words.tsx';
import { MemorySection } from './memory-section.tsx';
import { ModelFlagsSection } from './model-flags.tsx';
import { ModelNames } from './model-names.tsx';
import { capabilityNames, sourceWords } from './model-row.tsx';
import { serverTitle } from './server-section.tsx';
import { stateColour, stateWords } from './server-state.ts';
import { useAdvice } from './use-advice.ts';
import { loadingOf, type ModelLoading } from './use-model-loading.ts';
import { type AgentUse, UseWith } from './use-with.tsx';
import { WantedContext } from './wanted-context.tsx';

/** All that is known of one model, where it was read, by which names it goes, and how to ask it. */
export function ModelPanel({
  control,
  report,
  server,
  model,
  keys,
  loading,
  use,
  readOnly,
  onChanged,
  onChecked,
  onAlias,
  onClose,
}: {
  readonly control: Control;
  /** The local keys. */
  readonly keys: readonly KeyInfo[];
  readonly loading: ModelLoading;
  readonly use: AgentUse;
  /** Why nothing can be changed in the settings now; null where it can. */
  readonly readOnly: string | null;
  readonly onChanged: () => Promise<void>;
  readonly onChecked: () => Promise<void>;
  /** Opens an alias of it. */
  readonly onAlias: (id: string) => void;
  readonly report: ModelsReport;
  readonly server: ServerEntry;
  readonly model: ModelEntry;
  readonly onClose: () => void;
}) {
  const failure = loading.failures.get(model.id);
  const [changes, setChanges] = useState(0);
  const changed = () => {
    setChanges((before) => before + 1);
    return onChanged();
  };
  const advice = useAdvice(control, model.id, model.loaded, model.contextWindow.inForce);
  return (
    <SidePanel
      title={<code className="font-mono text-[13px]">{model.upstreamModel}</code>}
      subtitle={`${serverTitle(server)} · ${stateWords(server.state)}`}
      onClose={onClose}
      takesFocus
    >
      <div className="relative flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-5 py-4">
        {server.state !== 'up' && server.message !== null && (
          <p className="flex items-start gap-2 wrap-anywhere">
            <span className={`mt-0.5 ${stateColour(server.state)}`}>
              {server.state === 'loading' ? <SpinnerIcon /> : <WarningIcon />}
            </span>
            <span className="min-w-0">
              <Words text={server.message} />
            </span>
          </p>
        )}
        {report.gateway.url !== null && model.capabilities.embeddings !== true && (
          <UseWith control={control} model={model} use={use} loading={loading} />
        )}
        <dl className="flex flex-col gap-2">
          <Fact name="Name for agents">
            <span className="flex items-start gap-1">
              <code className="font-mono text-xs leading-5 wrap-anywhere select-all">{model.id}</code>
              <span className="-my-0.5">
                <CopyButton text={model.id} label="the name for agents" />
              </span>
            </span>
          </Fact>
          <Fact name="Loaded">
            <Loaded
              model={model}
              loading={loadingOf(model, loading)}
              load={loading.loads.get(model.id) ?? null}
              onLoad={loading.start}
            />
          </Fact>
          <Fact name="Context in force">
            <ContextInForce server={server} model={model} />
          </Fact>
          <Fact name="Trained for">{tokens(model.contextWindow.maximum)}</Fact>
          <Fact name="Wanted context">
            <WantedContext
              control={control}
              kind={server.kind}
              model={model}
              readOnly={readOnly}
              onChanged={onChanged}
            />
          </Fact>
        </dl>
        {failure !== undefined && <Notice what={failure.what} remedy={failure.remedy} />}
        <ModelNames
          control={control}
          report={report}
          model={model}
          readOnly={readOnly}
          onChanged={onChanged}
          onEdit={onAlias}
        />
        <section aria-labelledby="panel-capabilities">
          <h3 id="panel-capabilities" className="mb-2 font-semibold">
            Capabilities
          </h3>
          <dl className="flex flex-col gap-1">
            {capabilityNames.map(([key, name]) => (
              <Fact key={key} name={`${name.charAt(0).toUpperCase()}${name.slice(1)}`}>
                <span className={model.capabilities[key] === null ? 'text-quiet' : ''}>
                  {yesNo(model.capabilities[key])}
                </span>
              </Fact>
            ))}
          </dl>
          <p className="mt-2 text-xs text-quiet">As {server.id} tells it; what it leaves out is not known.</p>
        </section>
        {advice !== null && <MemorySection advice={advice} />}
        {report.gateway.url !== null && model.capabilities.embeddings !== true && (
          <CheckUp control={control} model={model.id} readOnly={readOnly} onChanged={changed} onDone={onChecked} />
        )}
        <ModelFlagsSection
          control={control}
          model={model.id}
          changes={changes}
          readOnly={readOnly}
          onChanged={changed}
        />
        {report.gateway.url !== null && (
          <AskIt control={control} baseUrl={report.gateway.url} model={model} keys={keys} />
        )}
      </div>
    </SidePanel>
  );
}

function Loaded({
  model,
  loading,
  load,
  onLoad,
}: {
  readonly model: ModelEntry;
  readonly loading: LoadingState | null;
  readonly load: ModelLoad | null;
  readonly onLoad: ModelLoading['start'];
}) {
  if (loading === 'loading' || loading === 'unloading') {
    return (
      <span className="flex flex-col gap-1.5 text-quiet">
        <span className="flex items-center gap-2">
          <SpinnerIcon />
          <span role="status">{loading === 'loading' ? 'Loading…' : 'Unloading…'}</span>
          <span className="tabular-nums">
            <LoadWords load={load} />
          </span>
        </span>
        {load !== null && load.progress !== null ? (
          <Progress label={`Loading ${model.upstreamModel}`} value={load.progress} max={1} />
        ) : (
          loading === 'loading' && <span className="text-xs">A big model takes minutes.</span>
        )}
      </span>
    );
  }
  const { id, loaded } = model;
  return (
    <span className="flex items-baseline gap-3">
      {loaded === null ? 'The server does not tell' : loaded ? 'Yes' : 'No'}
      {loading === 'idle' && (
        <Button small onClick={() => onLoad(id, loaded === true ? 'unload' : 'load')}>
          {loaded ? 'Unload' : 'Load'}
        </Button>
      )}
    </span>
  );
}

function ContextInForce({ server, model }: { readonly server: ServerEntry; readonly model: ModelEntry }) {
  const { inForce, source } = model.contextWindow;
  return (
    <>
      {tokens(inForce)}
      {inForce !== null && source !== null && <span className="text-quiet"> · {sourceWords(source)}</span>}
      {inForce !== null && model.capabilities.embeddings !== true && <Room context={inForce} kind={server.kind} />}
    </>
  );
}

/** Which agents the context is too small for: what they take for themselves before they begin to work. */
function Room({ context, kind }: { readonly context: number; readonly kind: ServerEntry['kind'] }) {
  const cramped = agentIds.filter((agent) => roomFor(agent, context) !== 'enough');
  if (cramped.length === 0) return null;
  const each = cramped.map((agent) => `${agentLabels[agent]} (${shortTokens(agentPromptTokens[agent])})`);
  const whom = isTooSmallForAgents(context) ? 'coding agents' : each.join(', ');
  const why = isTooSmallForAgents(context) ? `: ${each.join(', ')}` : '';
  return (
    <p className="mt-1 text-warn wrap-anywhere">
      <Words
        text={`Too small for ${whom}, by what they take for their own instructions and tools${why}. ${serverKind(kind).largerContext}`}
      />
    </p>
  );
}

function tokens(count: number | null): string {
  return count === null ? 'Not known' : `${count.toLocaleString('en')} tokens`;
}

function yesNo(value: boolean | null): string {
  if (value === null) return 'Not told';
  return value ? 'Yes' : 'No';
}
