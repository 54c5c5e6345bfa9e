import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import type { Texts } from '@/answer/fields';
import { asApiError } from '@/api/errors';
import type { InputField, Trigger, TriggerKind } from '@/api/types';
import { useLanguage, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import type { Saved } from './changes';
import { HookInputs } from './HookInputs';
import { InputFields } from './InputFields';
import { firstTexts, readInputs } from './inputs';
import { MissedChoice } from './MissedChoice';
import { cronOf, FIRST_PLAN, planOf } from './plan';
import { ScheduleFields } from './ScheduleFields';
import { sayPlan } from './say';
import { ownZone } from './times';
import { words } from './words';

interface Props {
  id: string;
  kind: TriggerKind;
  trigger: Trigger | null;
  fields: InputField[];
  /** What the server said to the last attempt. */
  error: unknown;
  onSave(saved: Saved): void;
}

export function TriggerForm({ id, kind, trigger, fields, error, onSave }: Props) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const language = useLanguage();
  const form = useRef<HTMLFormElement>(null);
  const scheduled = kind === 'schedule';
  const kept = trigger?.inputs ?? {};
  const [plan, setPlan] = useState(trigger?.cron ? planOf(trigger.cron) : FIRST_PLAN);
  // Left empty it is called what it does, now and after the next change.
  const otherwise = scheduled ? sayPlan(plan, t, language).slice(0, 80) : t('webhook');
  const [name, setName] = useState(trigger && trigger.name !== otherwise ? trigger.name : '');
  const [zone, setZone] = useState(trigger?.time_zone ?? ownZone());
  const [missed, setMissed] = useState(trigger?.missed ?? 'once');
  const [byName, setByName] = useState(!scheduled && Object.keys(kept).length === 0);
  const [texts, setTexts] = useState<Texts>(() => firstTexts(kind, fields, kept));
  const [checked, setChecked] = useState(false);
  const read = readInputs(fields, texts);
  const refused = error ? asApiError(error) : null;
  const place = refused?.pointer?.split('/')[1] ?? '';
  const at = (wanted: string) => (refused && place === wanted ? text(refused.text) : undefined);
  const input = place === 'inputs' ? refused?.pointer?.split('/')[2] : undefined;
  const said = (scheduled ? ['cron', 'time_zone', 'name'] : ['name']).includes(place) || input;

  const save = () => {
    setChecked(true);
    const cron = cronOf(plan).trim();
    const wrong = !byName && Object.keys(read.faults).length > 0;
    if (wrong || (scheduled && !cron)) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
      return;
    }
    onSave({
      name: name.trim() || otherwise,
      inputs: byName ? {} : read.values,
      ...(scheduled ? { cron, time_zone: zone, missed } : {}),
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    save();
  };
  const faults = checked ? read.faults : {};
  const refusals = input ? { [input]: refused ? text(refused.text) : '' } : {};
  const set = (field: string, value: string) => setTexts((before) => ({ ...before, [field]: value }));
  return (
    <form
      ref={form}
      id={id}
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save();
      }}
      className="flex flex-col gap-5"
    >
      {refused && !said && <ErrorNotice error={error} />}
      <Field label={c('name')} mark={c('optional')} error={at('name')}>
        {(props) => (
          <Input
            {...props}
            value={name}
            maxLength={80}
            placeholder={otherwise}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {scheduled ? (
        <>
          <ScheduleFields
            plan={plan}
            zone={zone}
            empty={checked && !cronOf(plan).trim()}
            refused={{ cron: at('cron'), zone: at('time_zone') }}
            onPlan={setPlan}
            onZone={setZone}
          />
          <fieldset className="flex flex-col gap-3">
            <legend className="mb-1 text-sm font-medium text-ink-2">{t('inputs')}</legend>
            <p className="text-sm text-ink-3">
              {fields.length ? t('scheduleInputs', { date: '{{ date }}', due: '{{ due }}' }) : t('noInputs')}
            </p>
            <InputFields kind={kind} fields={fields} texts={texts} faults={faults} refusals={refusals} onText={set} />
          </fieldset>
          <MissedChoice missed={missed} onMissed={setMissed} />
        </>
      ) : (
        <HookInputs
          fields={fields}
          byName={byName}
          onByName={setByName}
          texts={texts}
          onText={set}
          faults={faults}
          refusals={refusals}
        />
      )}
    </form>
  );
}
