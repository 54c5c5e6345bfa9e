import { Suspense } from 'react';
import type { App } from '@/api/types';
import { lazily } from '@/lib/lazily';
import type { Open } from './open';

const TriggerDialog = lazily(() => import('./TriggerDialog'));
const HookDialog = lazily(() => import('./HookDialog'));
const RotateDialog = lazily(() => import('./RotateDialog'));
const TryDialog = lazily(() => import('./TryDialog'));

interface Props {
  app: App;
  open: Open;
  onOpen(open: Open | null): void;
}

/** What lies over the list. Fetched when it is asked for. */
export function Dialogs({ app, open, onOpen }: Props) {
  const close = () => onOpen(null);
  switch (open.dialog) {
    case 'new':
    case 'edit':
      return (
        <Suspense>
          <TriggerDialog
            app={app}
            trigger={open.dialog === 'edit' ? open.trigger : null}
            kind={open.dialog === 'edit' ? open.trigger.kind : open.kind}
            onClose={close}
            onSecret={(trigger, secret) => onOpen({ dialog: 'hook', trigger, secret })}
          />
        </Suspense>
      );
    case 'hook':
      return (
        <Suspense>
          <HookDialog
            app={app}
            trigger={open.trigger}
            secret={open.secret}
            onRotate={() => onOpen({ dialog: 'rotate', trigger: open.trigger })}
            onClose={close}
          />
        </Suspense>
      );
    case 'rotate':
      return (
        <Suspense>
          <RotateDialog
            trigger={open.trigger}
            onClose={close}
            onSecret={(trigger, secret) => onOpen({ dialog: 'hook', trigger, secret })}
          />
        </Suspense>
      );
    case 'try':
      return (
        <Suspense>
          <TryDialog app={app} trigger={open.trigger} onClose={close} />
        </Suspense>
      );
  }
}
