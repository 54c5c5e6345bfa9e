import { useNavigate } from '@tanstack/react-router';
import { Code, Ellipsis, KeyRound, ListTree, Pencil, Play, Trash2 } from 'lucide-react';
import { asApiError } from '@/api/errors';
import type { Trigger } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Switch } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { useFire, useTurn } from './changes';
import type { Open } from './open';
import { words } from './words';

interface Props {
  appId: string;
  trigger: Trigger;
  onOpen(open: Open): void;
  onRemove(trigger: Trigger): void;
}

/** Run now, on and off, and what is needed less often. */
export function RowActions({ appId, trigger, onOpen, onRemove }: Props) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const text = useText();
  const navigate = useNavigate();
  const turn = useTurn(appId);
  const fire = useFire(appId);
  const { id, kind, name, enabled, problem } = trigger;
  const hook = kind === 'webhook';
  const now = () => {
    if (hook) return onOpen({ dialog: 'try', trigger });
    if (fire.isPending) return;
    fire.mutate(
      { trigger },
      {
        onError: (error) => {
          const failure = asApiError(error);
          // What is wrong with the trigger itself is said in its row.
          if (failure.status !== 422) toast(text(failure.text), { tone: 'bad' });
        },
      },
    );
  };
  return (
    <div className="flex items-center justify-end gap-1 max-xl:col-start-3 max-xl:row-start-1">
      {can('run.create') && (
        <IconButton
          icon={Play}
          label={`${hook ? t('tryIt') : t('runNow')}: ${name}`}
          // Not while it starts one: the focus would be lost.
          disabled={problem !== null}
          aria-busy={fire.isPending || undefined}
          onClick={now}
        />
      )}
      <span className="grid size-10 place-items-center">
        <Switch
          label={`${t('enabled')}: ${name}`}
          checked={enabled}
          disabled={!can('app.write')}
          onChange={(on) => turn.mutate({ trigger, enabled: on })}
        />
      </span>
      <Menu trigger={<IconButton icon={Ellipsis} label={`${c('more')}: ${name}`} />}>
        {can('app.write') && (
          <MenuItem icon={Pencil} onSelect={() => onOpen({ dialog: 'edit', trigger })}>
            {t('edit')}
          </MenuItem>
        )}
        {hook && (
          <MenuItem icon={Code} onSelect={() => onOpen({ dialog: 'hook', trigger, secret: null })}>
            {t('howToSend')}
          </MenuItem>
        )}
        {hook && can('app.write') && (
          <MenuItem icon={KeyRound} onSelect={() => onOpen({ dialog: 'rotate', trigger })}>
            {t('newSecret')}
          </MenuItem>
        )}
        <MenuItem icon={ListTree} onSelect={() => void navigate({ to: '/runs', search: { app: appId, trigger: id } })}>
          {t('itsRuns')}
        </MenuItem>
        {can('app.write') && (
          <>
            <MenuLine />
            <MenuItem icon={Trash2} danger onSelect={() => onRemove(trigger)}>
              {c('delete')}
            </MenuItem>
          </>
        )}
      </Menu>
    </div>
  );
}
