import { useEffect, useRef, useState } from 'react';
import type { ModelsReport } from '../../../src-shared/catalogue.ts';
import type { Pull } from '../../../src-shared/model-pulls.ts';

interface News {
  readonly server: string;
  readonly model: string;
  /** How far it is, in quarters; null where it has ended. */
  readonly quarters: number | null;
}

/** Tells those who don't see it of models that are fetched: that it began, each quarter, and the end. What fails is told where it stands. */
export function PullNews({ pulls, report }: { readonly pulls: readonly Pull[]; readonly report: ModelsReport | null }) {
  const before = useRef<readonly Pull[]>([]);
  const [news, setNews] = useState<News | null>(null);
  useEffect(() => {
    const earlier = before.current;
    before.current = pulls;
    const ended = earlier.find((pull) => pull.failure === null && sameIn(pulls, pull) === undefined);
    const further = pulls.find((pull) => pull.failure === null && quarters(pull) !== quarters(sameIn(earlier, pull)));
    if (ended !== undefined) setNews({ server: ended.server, model: ended.model, quarters: null });
    else if (further !== undefined) {
      setNews({ server: further.server, model: further.model, quarters: quarters(further) });
    }
  }, [pulls]);
  return (
    <p role="status" className="sr-only">
      {news === null ? '' : newsWords(news, report)}
    </p>
  );
}

function newsWords({ server, model, quarters: done }: News, report: ModelsReport | null): string {
  if (done !== null) return `Fetching ${model}: ${done * 25} %`;
  const models = report?.servers.find(({ id }) => id === server)?.models ?? [];
  // Ollama adds a tag to a name that has none.
  const isThere = models.some(({ upstreamModel: name }) => name === model || name === `${model}:latest`);
  return isThere ? `${model} is there.` : `${model} is no longer being fetched.`;
}

function sameIn(pulls: readonly Pull[], { server, model }: Pull): Pull | undefined {
  return pulls.find((pull) => pull.server === server && pull.model === model);
}

/** null where it has not begun. */
function quarters(pull: Pull | undefined): number | null {
  if (pull === undefined) return null;
  return pull.fetched === null || pull.all === null ? 0 : Math.floor((pull.fetched * 4) / pull.all);
}
