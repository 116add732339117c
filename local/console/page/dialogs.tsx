/** What lies over the page: the editor, the name of a fixture, the keys. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { formatJson } from '../format-json.ts';
import type { Summary } from '../messages.ts';
import { saveFixture, sendEdited } from './actions.ts';
import { KEYS } from './keys.ts';
import { usePayload } from './payload-panel.tsx';
import { dialog, open } from './store.ts';

export function Dialogs() {
  const { value: summary } = open;
  const { value: name } = dialog;
  if (name === 'help') return <Help />;
  if (summary === undefined || name === undefined) return null;
  return name === 'edit' ? <Editor summary={summary} /> : <FixtureName summary={summary} />;
}

interface FrameProps {
  readonly title: string;
  readonly isLarge?: boolean;
  readonly children: ComponentChildren;
}

function Dialog({ title, isLarge = false, children }: FrameProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={isLarge ? 'large' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        // Closed by the browser it would be gone before the page knows, and the next key would be lost.
        event.preventDefault();
        dialog.value = undefined;
      }}
      onClick={({ target }) => target === box.current && (dialog.value = undefined)}
    >
      <div class="dialog-body">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

function Editor({ summary }: { readonly summary: Summary }) {
  const original = usePayload(summary.key);
  const [text, setText] = useState<string>();
  const [event, setEvent] = useState(summary.event);
  const [isSending, setSending] = useState(false);
  useEffect(() => {
    if (original !== undefined) setText(isJson(original) ? formatJson(original) : original);
  }, [original]);
  const problem = text === undefined ? 'is being read' : findProblem(text);
  const send = async (): Promise<void> => {
    if (text === undefined || problem !== undefined || isSending) return;
    setSending(true);
    if (await sendEdited(summary.key, text, event)) dialog.value = undefined;
    setSending(false);
  };
  return (
    <Dialog title="Edit and send" isLarge>
      <p class="lead">Sent under a new delivery id, and signed anew over exactly this text.</p>
      <label class="field-label">
        Event
        <input
          value={event}
          spellcheck={false}
          onInput={({ currentTarget }) => setEvent(currentTarget.value)}
        />
      </label>
      <textarea
        class="editor"
        aria-label="Payload"
        spellcheck={false}
        autocomplete="off"
        value={text ?? ''}
        aria-invalid={problem !== undefined}
        aria-describedby="editor-problem"
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(pressed) => {
          if (pressed.key === 'Enter' && (pressed.ctrlKey || pressed.metaKey)) void send();
        }}
      />
      <div class="dialog-foot">
        <p id="editor-problem" class={problem === undefined ? 'quiet' : 'bad'} role="status">
          {problem ?? 'Valid JSON. Ctrl+Enter sends it.'}
        </p>
        <button
          type="button"
          disabled={problem !== undefined}
          onClick={() => text !== undefined && setText(formatJson(text))}
        >
          Format
        </button>
        <button type="button" onClick={() => (dialog.value = undefined)}>
          Cancel
        </button>
        <button
          type="button"
          class="main"
          disabled={problem !== undefined || isSending}
          onClick={() => void send()}
        >
          Send
        </button>
      </div>
    </Dialog>
  );
}

function FixtureName({ summary }: { readonly summary: Summary }) {
  const [name, setName] = useState(summary.title.replaceAll(/[._]/g, '-'));
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await saveFixture(summary.key, name)) dialog.value = undefined;
  };
  return (
    <Dialog title="Save as fixture">
      <form onSubmit={(event) => void save(event)}>
        <p class="lead">
          Written to <code>functions/fixtures</code>, as it came. A delivery of a real App has names, mails
          and private text of people in it: look at it before you commit it.
        </p>
        <label class="field-label">
          Name
          <input
            value={name}
            pattern="[a-z0-9][a-z0-9\-]*"
            required
            spellcheck={false}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <div class="dialog-foot">
          <span class="spacer" />
          <button type="button" onClick={() => (dialog.value = undefined)}>
            Cancel
          </button>
          <button type="submit" class="main">
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Help() {
  return (
    <Dialog title="Keys">
      <dl class="keys">
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-foot">
        <span class="spacer" />
        <button type="button" class="main" onClick={() => (dialog.value = undefined)}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function isJson(text: string): boolean {
  return findProblem(text) === undefined;
}

/** What is wrong with it, in words; undefined where it is a JSON object. */
function findProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? undefined
      : 'It is no JSON object.';
  } catch (error) {
    return error instanceof Error ? error.message : 'It is no JSON.';
  }
}
