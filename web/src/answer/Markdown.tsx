/** Markdown that a model wrote: sanitised, no remote pictures, nothing that runs. Loaded only where needed. */
import { ExternalLink, ImageOff } from 'lucide-react';
import { type ComponentProps, memo, useMemo } from 'react';
import ReactMarkdown from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import remend from 'remend';
import { useT } from '@/i18n';
import { splitBlocks } from './blocks';
import { CITE_HREF, remarkCites } from './cites';
import { isTame, LONGEST } from './tame';
import { words } from './words';

const SCHEMA = {
  ...defaultSchema,
  clobberPrefix: 'md-',
  protocols: { ...defaultSchema.protocols, href: ['http', 'https', 'mailto'] },
};
/** What a link or a picture from elsewhere may have. */
const OUTSIDE = { target: '_blank', rel: 'noopener noreferrer nofollow', className: 'text-accent underline' };

interface Props {
  text: string;
  /** More is to come: the last block is closed before it is drawn. */
  streaming?: boolean;
  /** Numbers that have a source; `[n]` with another number stays text. */
  cites?: readonly number[];
  onCite?(n: number): void;
}

interface BlockProps {
  text: string;
  known: ReadonlySet<number>;
  onCite?: Props['onCite'];
}

function Chip({ n, onCite }: { n: number; onCite?: Props['onCite'] }) {
  const t = useT(words);
  return (
    <button
      type="button"
      aria-label={t('openSource', { n })}
      onClick={() => onCite?.(n)}
      className="mx-0.5 inline-grid h-4.5 min-w-4.5 -translate-y-px place-items-center rounded-sm bg-accent-soft px-1 align-middle text-xs font-semibold text-accent hover:bg-accent hover:text-accent-ink"
    >
      {n}
    </button>
  );
}

/** The host that an address leads to; '' where it stays here. */
function hostOf(href: string): string {
  const url = URL.canParse(href, location.href) ? new URL(href, location.href) : null;
  return url && url.origin !== location.origin ? url.host : '';
}

/** Words may say another address than the one behind them: the host is shown where they do not say it themselves. */
function Anchor({ href = '', children, known, onCite }: ComponentProps<'a'> & Omit<BlockProps, 'text'>) {
  const cited = href.startsWith(CITE_HREF) ? Number(href.slice(CITE_HREF.length)) : 0;
  if (known.has(cited)) return <Chip n={cited} onCite={onCite} />;
  const host = hostOf(href);
  return (
    <a href={href} {...OUTSIDE}>
      {children}
      {host && children !== href && <span className="text-ink-3"> ({host})</span>}
      <ExternalLink size={12} aria-hidden="true" className="ml-0.5 inline" />
    </a>
  );
}

/** A picture from elsewhere would tell its server who reads: its words are shown, and a link that opens it. */
function NoImage({ alt, src = '' }: { alt?: string; src?: string }) {
  const t = useT(words);
  const host = hostOf(src);
  return (
    <span className="inline-flex items-center gap-1 rounded-sm bg-sunken px-1.5 text-sm text-ink-3">
      <ImageOff size={13} aria-hidden="true" />
      {alt || t('noImage')}
      {host && (
        <a href={src} {...OUTSIDE}>
          {t('openImage', { host })}
        </a>
      )}
    </span>
  );
}

const Block = memo(function Block({ text, known, onCite }: BlockProps) {
  return isTame(text) ? <Drawn text={text} known={known} onCite={onCite} /> : <Plain text={text} />;
});

function Plain({ text }: { text: string }) {
  return <p className="break-words whitespace-pre-wrap">{text}</p>;
}

function Drawn({ text, known, onCite }: BlockProps) {
  const plugins = useMemo(() => [remarkGfm, remarkCites(known)], [known]);
  const components = useMemo(
    () => ({
      a: (props: ComponentProps<'a'>) => <Anchor {...props} known={known} onCite={onCite} />,
      img: ({ alt, src }: ComponentProps<'img'>) => <NoImage alt={alt} src={src} />,
      table: ({ children }: ComponentProps<'table'>) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table must be scrollable by keyboard
        <div className="overflow-x-auto" tabIndex={0}>
          <table>{children}</table>
        </div>
      ),
    }),
    [known, onCite],
  );
  return (
    <ReactMarkdown remarkPlugins={plugins} rehypePlugins={[[rehypeSanitize, SCHEMA]]} components={components}>
      {text}
    </ReactMarkdown>
  );
}

const NONE: readonly number[] = [];

export default function Markdown({ text, streaming = false, cites = NONE, onCite }: Props) {
  const key = cites.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new array with the same numbers must not redraw all
  const known = useMemo(() => new Set(cites), [key]);
  const blocks = useMemo(() => (text.length > LONGEST ? [] : splitBlocks(text)), [text]);
  return (
    <div className="prose-answer">
      {text.length > LONGEST && <Plain text={text} />}
      {blocks.map((block, index) => (
        <Block
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks only ever grow at the end
          key={index}
          text={streaming && index === blocks.length - 1 ? remend(block) : block}
          known={known}
          onCite={onCite}
        />
      ))}
    </div>
  );
}
