import { LockKeyhole } from 'lucide-react';
import { createContext, useContext } from 'react';
import { terms, useTerms } from '@/i18n/terms';
import { Badge, type Tone } from './badge';

const TONES: Record<string, Tone> = { public: 'idle', internal: 'accent', confidential: 'warn', restricted: 'bad' };

/** What the workspace calls its levels, where it says so. */
export const LevelTitles = createContext<Record<string, string>>({});

/** The word for a level of sensitivity: the workspace's, else ours; levels that somebody made up are shown as they are. */
export function useLevelName(): (level: string) => string {
  const t = useTerms();
  const titles = useContext(LevelTitles);
  return (level) => {
    if (titles[level]) return titles[level];
    const key = `level_${level}`;
    return key in terms.en ? t(key as keyof typeof terms.en) : level;
  };
}

/** A data label: level in words and colour, then its tags. */
export function LevelBadge({ label, className }: { label: { level: string; tags: string[] }; className?: string }) {
  const name = useLevelName();
  return (
    <Badge tone={TONES[label.level] ?? 'idle'} icon={LockKeyhole} className={className}>
      {[name(label.level), ...label.tags].join(' · ')}
    </Badge>
  );
}
