import { ProgressLocation, window, type LogOutputChannel, type QuickPickItem } from 'vscode';
import { fetchModel, type Model } from './models';
import { Hundredths } from './progressLine';

// What the user is asked about models, and shown of their fetching.

export function megabytes(model: Model): string {
  return `${Math.round(model.bytes / 1e6)} MB`;
}

/** The model that a server started so would use, if it is one of the catalogue. */
export function chosenModel(models: readonly Model[], name: string): Model | undefined {
  return models.find((model) => (name === '' ? model.default : model.name === name));
}

export type FirstUse = 'fetch' | 'choose' | 'later';

/** Asks whether a model that is not there may be fetched. */
export async function askToFetch(model: Model): Promise<FirstUse> {
  const fetch = `Fetch (${megabytes(model)})`;
  const choose = 'Choose another…';
  const answer = await window.showInformationMessage(
    `Nextline completes with a model on this machine. ${model.name} is not here yet; it is fetched once, ` +
      `has ${megabytes(model)}, and its licence is ${model.licence}.`,
    fetch,
    choose,
    'Not now',
  );
  return answer === fetch ? 'fetch' : answer === choose ? 'choose' : 'later';
}

/** Fetches a model with a notification that shows how far it is and can cancel it; true if it is there then. */
export async function fetchShown(program: string, model: Model, log: LogOutputChannel): Promise<boolean> {
  for (;;) {
    const outcome = await window.withProgress(
      { location: ProgressLocation.Notification, title: 'Nextline', cancellable: true },
      (progress, cancelled) => {
        const bar = new Hundredths();
        return fetchModel(program, model.name, log, cancelled, (how) => progress.report(bar.step(how)));
      },
    );
    if (outcome.kind === 'fetched') return true;
    if (outcome.kind === 'cancelled') return false;
    log.error(outcome.message);
    const again = 'Try again';
    const answer = await window.showErrorMessage(
      `The model ${model.name} could not be fetched. ${outcome.message}`,
      again,
      'Show log',
    );
    if (answer === 'Show log') log.show();
    if (answer !== again) return false;
  }
}

/** Has the user choose a model; undefined if none is chosen. */
export async function pickModel(models: readonly Model[], current: string): Promise<Model | undefined> {
  const inUse = chosenModel(models, current);
  const items = models.map((model): QuickPickItem & { model: Model } => ({
    label: `${model === inUse ? '$(check) ' : ''}${model.name}`,
    description: `${megabytes(model)}, ${model.licence}`,
    detail: model.present ? 'On this machine.' : 'Fetched when you choose it.',
    model,
  }));
  const picked = await window.showQuickPick(items, {
    title: 'Nextline: the model that completes',
    placeHolder: 'Larger models say more, and take longer.',
    matchOnDescription: true,
  });
  return picked?.model;
}
