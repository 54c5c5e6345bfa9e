/** Plain text that may hold `{{ secrets.NAME }}`: the names of the workspace's secrets are offered while one is typed. */
import { Popover } from 'radix-ui';
import { type ComponentProps, type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { Input, Textarea } from '@/ui/field';
import { usePanelWords } from '../../words';
import { OptionList } from '../Combobox';
import type { Secrets } from '../context';
import { OptionPopover } from '../OptionPopover';
import { secretName } from '../scope';
import { asked, insertion } from '../template';
import { PageLink } from './Model';

type Box = HTMLInputElement | HTMLTextAreaElement;

interface Props
  extends Pick<ComponentProps<typeof Input>, 'id' | 'aria-label' | 'className' | 'placeholder' | 'disabled'> {
  /** None: it is plain text. */
  secrets: Secrets | null;
  value: string;
  onText(text: string): void;
  onBlur(): void;
  onEnter?(): void;
  /** As many lines; one that does not wrap without it. */
  rows?: number;
}

export function SecretText({ secrets, value, onText, onEnter, onBlur, rows, ...rest }: Props) {
  const t = usePanelWords();
  const list = useId();
  const box = useRef<Box>(null);
  const caret = useRef<number>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const names = secrets?.names.map(secretName).filter((name) => matches(name, typed ?? '')) ?? [];
  const open = secrets !== null && typed !== null;
  useLayoutEffect(() => {
    if (caret.current === null) return;
    box.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const look = () => {
    const now = box.current;
    const wanted = now && asked(now.value.slice(0, now.selectionStart ?? 0));
    setTyped(wanted?.kind === 'name' && matches('secrets.', wanted.typed.slice(0, 8)) ? wanted.typed : null);
    setAt(0);
  };
  const take = (name: string) => {
    const end = box.current?.selectionStart ?? value.length;
    const [before, after] = [value.slice(0, end - (typed ?? '').length), value.slice(end)];
    const { text } = insertion(before, after, name);
    caret.current = before.length + text.length;
    onText(before + text + after);
    setTyped(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const chosen = open ? names[at] : undefined;
    if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      setTyped(null);
    } else if (chosen && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      setAt((at + (event.key === 'ArrowDown' ? 1 : names.length - 1)) % names.length);
    } else if (chosen && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === 'Enter') onEnter?.();
  };
  const props = {
    ...rest,
    value,
    autoComplete: 'off',
    spellCheck: false,
    'aria-autocomplete': secrets ? ('list' as const) : undefined,
    'aria-controls': open ? list : undefined,
    'aria-activedescendant': open && names.length ? `${list}-${at}` : undefined,
    onChange: (event: { target: Box }) => {
      onText(event.target.value);
      look();
    },
    onClick: look,
    onKeyDown,
    onBlur: () => {
      setTyped(null);
      onBlur();
    },
  };
  const place = (element: Box | null) => {
    box.current = element;
  };
  return (
    <Popover.Root open={open} onOpenChange={(next) => !next && setTyped(null)}>
      <Popover.Anchor asChild>
        {rows ? <Textarea {...props} ref={place} rows={rows} /> : <Input {...props} ref={place} />}
      </Popover.Anchor>
      <OptionPopover
        ofField={(target) => target === box.current}
        className="w-72 max-w-[calc(100vw-16px)]"
        footer={secrets?.mayAdd && <SecretsLink secrets={secrets} />}
      >
        <OptionList
          id={list}
          mono
          label={t('secrets')}
          options={names.map((name) => ({ value: name, label: name, group: t('secrets') }))}
          at={at}
          onTake={take}
          empty={t(secrets?.names.length ? 'noSuchSecret' : 'noSecrets')}
        />
      </OptionPopover>
    </Popover.Root>
  );
}

const matches = (name: string, typed: string) => name.toLowerCase().startsWith(typed.toLowerCase());

/** To where secrets are made, for those who may. */
export function SecretsLink({ secrets }: { secrets: Secrets }) {
  const t = usePanelWords();
  return (
    secrets.mayAdd && <PageLink href="/secrets">{t(secrets.names.length ? 'secretsPage' : 'addFirstSecret')}</PageLink>
  );
}
