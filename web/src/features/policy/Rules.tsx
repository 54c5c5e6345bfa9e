import { EyeOff, Pencil, ShieldCheck, ShieldX, Tag } from 'lucide-react';
import { useState } from 'react';
import type { PolicyRule } from '@/api/types';
import { useT } from '@/i18n';
import { useKindName } from '@/i18n/redaction';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/icon-button';
import { useTitle } from './names';
import type { PartProps } from './PolicyPage';
import { RuleDialog } from './RuleDialog';
import { RowsCard } from './rows';
import { words } from './words';

export function Rules({ policy, onChange, readOnly }: PartProps) {
  const t = useT(words);
  const title = useTitle(policy);
  const [open, setOpen] = useState<number | null>(null);
  const { rules } = policy;
  const fresh: PolicyRule = {
    from: '*',
    to: policy.zones.at(-1)?.name ?? '*',
    up_to: policy.leaves_up_to,
    tags: [],
    redact: [],
  };
  return (
    <RowsCard
      hint={t('rulesHint')}
      empty={t('noRules')}
      add={t('addRule')}
      onAdd={() => setOpen(rules.length)}
      dialog={
        open !== null && (
          <RuleDialog
            policy={policy}
            rule={rules[open] ?? fresh}
            title={open < rules.length ? t('changeRule', { n: open + 1 }) : t('addRule')}
            onClose={() => setOpen(null)}
            onDone={(rule) => {
              onChange({
                rules: open < rules.length ? rules.map((old, at) => (at === open ? rule : old)) : [...rules, rule],
              });
              setOpen(null);
            }}
          />
        )
      }
      rows={rules}
      onChange={(next) => onChange({ rules: next })}
      readOnly={readOnly}
      names={(_, index) => ({
        up: t('ruleUp', { n: index + 1 }),
        down: t('ruleDown', { n: index + 1 }),
        remove: t('removeRule', { n: index + 1 }),
      })}
    >
      {(rule, index) => (
        <div className="flex items-center gap-2">
          <Sentence rule={rule} title={title} />
          {!readOnly && (
            <IconButton
              icon={Pencil}
              size="small"
              label={t('changeRule', { n: index + 1 })}
              onClick={() => setOpen(index)}
            />
          )}
        </div>
      )}
    </RowsCard>
  );
}

function Sentence({ rule, title }: { rule: PolicyRule; title(level: string): string }) {
  const t = useT(words);
  const kindName = useKindName();
  const from = rule.from === '*' ? t('any') : rule.from;
  const to = rule.to === '*' ? t('anyOther') : rule.to;
  const Icon = rule.up_to === null ? ShieldX : ShieldCheck;
  return (
    <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2 gap-y-1">
      <Icon size={16} aria-hidden="true" className={rule.up_to === null ? 'shrink-0 text-bad' : 'shrink-0 text-ok'} />
      <span className="font-medium">
        {rule.up_to === null ? t('saysNever', { from, to }) : t('says', { from, to, level: title(rule.up_to) })}
      </span>
      {rule.tags.length > 0 && <Badge icon={Tag}>{t('saysTags', { tags: rule.tags.join(t('comma')) })}</Badge>}
      {rule.redact.length > 0 && (
        <Badge icon={EyeOff} tone="accent" className="h-auto! min-h-5 *:whitespace-normal">
          {t('saysRedact', { kinds: rule.redact.map((one) => kindName(one.kind)).join(t('comma')) })}
        </Badge>
      )}
    </div>
  );
}
