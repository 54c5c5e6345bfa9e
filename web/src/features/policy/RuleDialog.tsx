import { useState } from 'react';
import type { Policy, PolicyRule } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { KINDS, useKindName } from '@/i18n/redaction';
import { tagsOf } from '@/lib/tags';
import { CheckList } from '@/ui/check-list';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { Select } from '@/ui/select';
import { OPERATORS, useTitle } from './names';
import { words } from './words';

interface Props {
  policy: Policy;
  rule: PolicyRule;
  title: string;
  onDone(rule: PolicyRule): void;
  onClose(): void;
}

const READY = { isPending: false, error: null };

export function RuleDialog({ policy, rule, title, onDone, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const kindName = useKindName();
  const levelTitle = useTitle(policy);
  const [from, setFrom] = useState(rule.from);
  const [to, setTo] = useState(rule.to);
  const [upTo, setUpTo] = useState(rule.up_to ?? '');
  const [tags, setTags] = useState(rule.tags.join(', '));
  const [redact, setRedact] = useState(rule.redact);
  const operator = redact[0]?.operator ?? 'pseudonym';
  const zones = policy.zones.map(({ name }) => ({ value: name, label: name }));
  const choose = (kinds: readonly string[], how: string) => setRedact(kinds.map((kind) => ({ kind, operator: how })));
  return (
    <FormDialog
      title={title}
      submit={c('save')}
      sending={READY}
      onClose={onClose}
      onSubmit={() => onDone({ from, to, up_to: upTo || null, tags: tagsOf(tags), redact: upTo ? redact : [] })}
    >
      <div className="grid grid-cols-2 gap-4">
        <Field label={t('from')}>
          {({ id }) => (
            <Select id={id} value={from} onChange={setFrom} options={[{ value: '*', label: t('any') }, ...zones]} />
          )}
        </Field>
        <Field label={t('to')}>
          {({ id }) => (
            <Select id={id} value={to} onChange={setTo} options={[{ value: '*', label: t('anyOther') }, ...zones]} />
          )}
        </Field>
      </div>
      <Field label={t('upTo')}>
        {({ id }) => (
          <Select
            id={id}
            value={upTo}
            onChange={setUpTo}
            options={[
              { value: '', label: t('never') },
              ...policy.levels.map((one) => ({ value: one, label: levelTitle(one) })),
            ]}
          />
        )}
      </Field>
      <Field label={t('tags')} help={t('tagsHelp')} mark={c('optional')}>
        {(props) => <Input {...props} value={tags} onChange={(event) => setTags(event.target.value)} />}
      </Field>
      {upTo && (
        <>
          <div className="flex flex-col gap-1">
            <span className="text-sm font-medium text-ink-2">{t('redact')}</span>
            <CheckList
              label={t('redact')}
              items={KINDS.map((kind) => ({ id: kind, label: kindName(kind) }))}
              value={redact.map((one) => one.kind)}
              onChange={(kinds) => choose(kinds, operator)}
              empty=""
            />
            <p className="text-sm text-ink-3">{t('redactHelp')}</p>
          </div>
          {redact.length > 0 && (
            <Field label={t('how')}>
              {({ id }) => (
                <Select
                  id={id}
                  value={operator}
                  onChange={(how) =>
                    choose(
                      redact.map((one) => one.kind),
                      how,
                    )
                  }
                  options={OPERATORS.map((one) => ({ value: one, label: t(`how_${one}`) }))}
                />
              )}
            </Field>
          )}
        </>
      )}
    </FormDialog>
  );
}
