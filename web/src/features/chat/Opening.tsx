import { CornerDownLeft, MessagesSquare } from 'lucide-react';
import { Suspense } from 'react';
import { FieldGrid } from '@/answer/FieldGrid';
import type { App, ChatSettings } from '@/api/types';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import type { Details } from './details';
import { words } from './words';

const Markdown = lazily(() => import('@/answer/Markdown'));

interface Props {
  app: App;
  chat: ChatSettings;
  details: Details;
  onAsk(text: string): void;
}

/** Before the first message: the app's opening, what it asks for besides, and questions to begin with. */
export function Opening({ app, chat, details, onAsk }: Props) {
  const t = useT(words);
  const { opening, suggestions } = chat;
  return (
    <div className="mx-auto flex w-full max-w-xl flex-col items-center pt-[12vh] text-center max-sm:pt-8">
      <span className="mb-3 grid size-10 place-items-center rounded-lg bg-accent-soft text-accent">
        <MessagesSquare size={20} aria-hidden="true" />
      </span>
      <h2 className="text-lg font-semibold">{t('begin')}</h2>
      {opening ? (
        <div className="mt-2 w-full text-left">
          <Suspense fallback={<p className="whitespace-pre-wrap">{opening}</p>}>
            <Markdown text={opening} />
          </Suspense>
        </div>
      ) : (
        <p className="mt-1 text-md text-ink-2">{app.description || t('beginHint')}</p>
      )}
      {details.fields.length > 0 && (
        <section
          aria-label={t('detailsFirst')}
          className="mt-5 w-full rounded-lg border border-line bg-surface p-4 text-left"
        >
          <h3 className="mb-3 text-sm font-semibold text-ink-2">{t('detailsFirst')}</h3>
          <FieldGrid
            fields={details.fields}
            texts={details.texts}
            faults={details.faults}
            onText={(name, text) => details.set({ [name]: text })}
          />
        </section>
      )}
      {suggestions.length > 0 && (
        <section aria-label={t('suggestions')} className="mt-5 w-full text-left">
          <h3 className="mb-1.5 text-sm font-semibold text-ink-3">{t('suggestions')}</h3>
          <ul className="flex flex-col gap-1.5">
            {suggestions.map((text) => (
              <li key={text}>
                <button
                  type="button"
                  onClick={() => onAsk(text)}
                  className="flex min-h-9 w-full items-center gap-2 rounded-md border border-line bg-surface px-3 py-1.5 text-left text-base text-ink hover:border-line-strong max-sm:min-h-11"
                >
                  <span className="line-clamp-2 min-w-0 flex-1 break-words">{text}</span>
                  <CornerDownLeft size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
