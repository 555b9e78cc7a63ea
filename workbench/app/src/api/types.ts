/** The server's API. Made from contract.json by `npm run types`: do not edit. */

/**
 * What happened in one topic, oldest first, and the cursor after it.
 *
 * `dropped` is how many items are missing before these: more came than could be sent, or the
 * cursor was too old. -1: nobody knows, the server was started again.
 */
export interface Batch {
  readonly type: "batch";
  readonly topic: "project" | "runs" | "logs" | "changes";
  readonly cursor: string;
  readonly dropped: number;
  readonly reloads: readonly ReloadView[];
  readonly runs: readonly RunView[];
  readonly logs: readonly LogView[];
  readonly changes: readonly ChangeView[];
}

/** A write as it is told live. `space` is `state` or `stream/{name}`. */
export interface ChangeView {
  readonly space: string;
  readonly group: string;
  readonly key: string;
  readonly write: WriteView;
}

/** How many of what was asked for were done. */
export interface CountView {
  readonly count: number;
}

/** A schedule: its next ticks, and its last runs, newest first. */
export interface CronView {
  readonly step: string;
  readonly trigger: string;
  readonly expression: string;
  readonly tz: string | null;
  readonly misfire: string;
  readonly file: string;
  readonly line: number;
  readonly next: readonly number[];
  readonly last: readonly RunView[];
}

/** GET /cron: every schedule, in file order. */
export interface CronsView {
  readonly crons: readonly CronView[];
}

/**
 * GET /queue/dead/{id}: all about one. Secrets in `data` are masked; `inputSchema` is what its
 * step takes now.
 */
export interface DeadLetterDetail {
  readonly letter: DeadLetterView;
  readonly data: unknown;
  readonly traceback: string;
  readonly inputSchema: Readonly<Record<string, unknown>> | null;
}

/** A delivery that was given up. `attempts` counts all runs of it. */
export interface DeadLetterView {
  readonly id: string;
  readonly step: string;
  readonly trigger: string;
  readonly topic: string;
  readonly group: string | null;
  readonly traceId: string;
  readonly attempts: number;
  readonly createdAt: number;
  readonly diedAt: number;
  readonly error: string;
}

/** GET /queue/dead: the dead letters of a step or all, newest first. */
export interface DeadLettersView {
  readonly total: number;
  readonly letters: readonly DeadLetterView[];
}

/**
 * A topic from one step to another; `count` is how many of its events `target` was given since
 * the server started.
 */
export interface EdgeView {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly topic: string;
  readonly label: string;
  readonly isConditional: boolean;
  readonly isVirtual: boolean;
  readonly count: number;
}

/**
 * What came of one run of a step; of a rehearsal, what would have. In order, each kind by
 * itself. `writes` of a real run are those that are still remembered; so is `response`, which is
 * null for a run that answers nobody.
 */
export interface EffectsView {
  readonly traceId: string;
  readonly step: string;
  readonly trigger: string;
  readonly isRehearsal: boolean;
  readonly status: "running" | "ok" | "skipped" | "error";
  readonly error: string | null;
  readonly traceback: string | null;
  readonly durationMs: number | null;
  readonly emits: readonly EmitEffect[];
  readonly writes: readonly WriteEffect[];
  readonly messages: readonly MessageEffect[];
  readonly response: ResponseView | null;
}

export interface EmitEffect {
  readonly topic: string;
  readonly data: unknown;
}

/**
 * A route. Schemas are JSON Schema; null where nothing is checked. `streams` says that its
 * handler yields, so that it answers with events.
 */
export interface EndpointView {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly step: string;
  readonly description: string;
  readonly flows: readonly string[];
  readonly file: string;
  readonly line: number;
  readonly pathParams: readonly string[];
  readonly queryParams: readonly ParameterView[];
  readonly bodySchema: Readonly<Record<string, unknown>> | null;
  readonly responseSchemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly streams: boolean;
  readonly isStale: boolean;
}

/** GET /endpoints: every route, in file order. */
export interface EndpointsView {
  readonly revision: number;
  readonly endpoints: readonly EndpointView[];
}

/** What is answered, with its status, when something cannot be done. */
export interface ErrorView {
  readonly error: string;
}

/**
 * Why a file, or a part of it, is not served.
 *
 * `excerpt` are the lines around `line`. `served_since` is when the version was loaded that is
 * still served in its place; null if there is none.
 */
export interface FailureView {
  readonly file: string;
  readonly line: number | null;
  readonly kind: string;
  readonly message: string;
  readonly advice: string;
  readonly excerpt: readonly SourceLine[];
  readonly servedSince: number | null;
}

/** Something that loads but is likely not meant. */
export interface FindingView {
  readonly file: string;
  readonly line: number;
  readonly step: string;
  readonly kind: string;
  readonly message: string;
  readonly advice: string;
}

/** A flow and its steps, in file order. */
export interface FlowView {
  readonly name: string;
  readonly steps: readonly string[];
}

/**
 * GET /graph: every step, every edge. `layout` are the pinned nodes of each flow, as they stand
 * in motia-workbench.json.
 */
export interface GraphView {
  readonly revision: number;
  readonly nodes: readonly NodeView[];
  readonly edges: readonly EdgeView[];
  readonly flows: readonly FlowView[];
  readonly layout: Readonly<Record<string, Readonly<Record<string, Position>>>>;
}

export interface GroupView {
  readonly name: string;
  readonly count: number;
}

/**
 * GET /history/{space}/{group}/{key}: the last writes of one value, newest first, as far as
 * the server remembers them.
 */
export interface HistoryView {
  readonly space: string;
  readonly group: string;
  readonly key: string;
  readonly writes: readonly WriteView[];
}

/**
 * The deliveries of one trigger of one step. `waiting` includes those that are `delayed`, until
 * they are due or tried again; `isParked`: no step that loads takes them now.
 */
export interface LaneView {
  readonly step: string;
  readonly trigger: string;
  readonly waiting: number;
  readonly delayed: number;
  readonly running: number;
  readonly dead: number;
  readonly isParked: boolean;
}

/**
 * One line of the server's log. `logger` is the part of it that speaks; `step` and `traceId`
 * are those of the run, if it was one. `fields` is what came with it, secrets masked.
 */
export interface LogView {
  readonly number: number;
  readonly at: number;
  readonly level: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly logger: string;
  readonly action: string | null;
  readonly step: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly fields: unknown;
  readonly traceback: string | null;
}

/** GET /logs: the last lines that fit the question, oldest first. */
export interface LogsView {
  readonly logs: readonly LogView[];
}

/**
 * Something that a run did: `kind` is log, emit, refused, state, stream, socket or response;
 * `name` the operation, topic or level; `code` the same as a line of Python; `place` the value
 * that a write is about.
 */
export interface MarkView {
  readonly at: number;
  readonly kind: string;
  readonly name: string;
  readonly detail: unknown;
  readonly code: string;
  readonly place: PlaceView | null;
}

/**
 * Something that was sent and not stored: by a stream (`to` is its group, or group/item), or
 * over Socket.IO (`to` is a room, a client or everybody).
 */
export interface MessageEffect {
  readonly channel: string;
  readonly to: string;
  readonly event: string;
  readonly data: unknown;
}

/**
 * A step in the graph; or, with `isMissing`, a file that never loaded, which is all failure.
 *
 * `runs` and `errors` count since the server started. `line` is where its handler begins.
 */
export interface NodeView {
  readonly id: string;
  readonly kind: "api" | "event" | "cron" | "state" | "stream" | "socket" | "noop";
  readonly title: string;
  readonly description: string;
  readonly file: string;
  readonly line: number;
  readonly flows: readonly string[];
  readonly triggers: readonly TriggerView[];
  readonly failure: FailureView | null;
  readonly isMissing: boolean;
  readonly runs: number;
  readonly errors: number;
}

/** A run that was run again; `spanId` is null if only its trace is known. */
export interface OriginView {
  readonly traceId: string;
  readonly spanId: string | null;
  readonly step: string;
}

export interface ParameterView {
  readonly name: string;
  readonly description: string;
}

/** Where a value stands: `space` is `state` or `stream/{name}`. */
export interface PlaceView {
  readonly space: string;
  readonly group: string;
  readonly key: string;
}

export interface Position {
  readonly x: number;
  readonly y: number;
}

/** GET /problems. `parked` and `dead` are deliveries that wait for a step or were given up. */
export interface ProblemsView {
  readonly revision: number;
  readonly failures: readonly FailureView[];
  readonly findings: readonly FindingView[];
  readonly warnings: readonly string[];
  readonly parked: number;
  readonly dead: number;
}

/**
 * GET /project: the server and what it serves.
 *
 * `epoch` is another one for each process. `revision` counts the reloads of this one.
 */
export interface ProjectView {
  readonly name: string;
  readonly root: string;
  readonly version: string;
  readonly mode: "dev" | "start";
  readonly baseUrl: string;
  readonly startedAt: number;
  readonly epoch: string;
  readonly revision: number;
  readonly steps: number;
  readonly streams: number;
  readonly problems: number;
  readonly flows: readonly string[];
}

/** GET /queue: every lane in which there is anything, and those of the steps that load. */
export interface QueueView {
  readonly lanes: readonly LaneView[];
}

/** The project was loaded anew; `revision` is that of what is served now. */
export interface ReloadView {
  readonly revision: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly failures: readonly FailureView[];
  readonly seconds: number;
  readonly at: number;
}

/** A request without its body, secrets masked. `path` is that of its route if it holds some. */
export interface RequestView {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * What a request was answered: the headers that its step set, and the body as JSON or text,
 * secrets masked. `note` says what of the body is not there, and why; without `hasBody` nothing
 * of it is known.
 */
export interface ResponseView {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly hasBody: boolean;
  readonly note: string | null;
}

/**
 * GET /runs/{trace}/{span}/input: what a run was given. `value` is the `part` of it that may be
 * edited and run again, secrets masked: a mask that is sent back stands for its secret.
 * `inputSchema` is what its step takes there now. `request` is null for what was no request.
 * `refusal` says why it cannot be run again; null if it can.
 */
export interface RunInputView {
  readonly step: string;
  readonly trigger: string;
  readonly part: "data" | "body" | "query" | "nothing";
  readonly value: unknown;
  readonly inputSchema: Readonly<Record<string, unknown>> | null;
  readonly request: RequestView | null;
  readonly refusal: string | null;
}

/**
 * One run of one step: a span of a trace. `httpStatus` is what a request was answered, null for
 * what was none. `marks` counts what it did: emits, writes, logs.
 */
export interface RunView {
  readonly id: string;
  readonly traceId: string;
  readonly parentId: string | null;
  readonly step: string;
  readonly trigger: string;
  readonly status: "running" | "ok" | "skipped" | "error";
  readonly httpStatus: number | null;
  readonly error: string | null;
  readonly attempt: number;
  readonly startedAt: number;
  readonly durationMs: number | null;
  readonly marks: number;
}

export interface SourceLine {
  readonly number: number;
  readonly text: string;
}

/** A run with all that it did. */
export interface SpanView {
  readonly run: RunView;
  readonly marks: readonly MarkView[];
}

/** Something was set off: its runs are in this trace. */
export interface StartedView {
  readonly traceId: string;
}

/**
 * GET /state/{group}: its values, in the order in which they were first written. At most
 * `limit` from `offset` on; `total` is how many there are.
 */
export interface StateGroupView {
  readonly group: string;
  readonly total: number;
  readonly offset: number;
  readonly values: readonly ValueView[];
}

/** GET /state: the groups of the handlers' state. */
export interface StateView {
  readonly groups: readonly GroupView[];
}

/**
 * GET /steps/{name}: all about one step. `config` is the declaration as JSON; `source` is the
 * whole file; `absoluteFile` is for the editor that opens it.
 */
export interface StepView {
  readonly node: NodeView;
  readonly config: Readonly<Record<string, unknown>>;
  readonly emits: readonly string[];
  readonly source: string;
  readonly absoluteFile: string;
  readonly recent: readonly RunView[];
}

/** GET /streams/{name}/{group}: its items, as StateGroupView has values. */
export interface StreamGroupView {
  readonly stream: string;
  readonly group: string;
  readonly total: number;
  readonly offset: number;
  readonly items: readonly ValueView[];
}

/** A stream as it is declared; `itemSchema` is JSON Schema, null where nothing is checked. */
export interface StreamView {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly line: number;
  readonly isStale: boolean;
  readonly itemSchema: Readonly<Record<string, unknown>> | null;
  readonly ttlSeconds: number | null;
  readonly maxItems: number | null;
  readonly groups: readonly GroupView[];
}

/** GET /streams: every stream with its groups. */
export interface StreamsView {
  readonly streams: readonly StreamView[];
}

/**
 * Hear of these topics from now on. A cursor asks for what came after it; null for what is
 * new. Topics that are not named are heard no more.
 */
export interface Subscribe {
  readonly type: "subscribe";
  readonly topics: Readonly<Partial<Record<"project" | "runs" | "logs" | "changes", string | null>>>;
}

/** The server hears us; `cursors` are where each topic stands. */
export interface Subscribed {
  readonly type: "subscribed";
  readonly epoch: string;
  readonly cursors: Readonly<Partial<Record<"project" | "runs" | "logs" | "changes", string>>>;
}

/** A topic: who emits it, who takes it, and what the takers check it against. */
export interface TopicView {
  readonly topic: string;
  readonly emitters: readonly string[];
  readonly subscribers: readonly string[];
  readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** GET /topics: every topic that a step emits or takes. */
export interface TopicsView {
  readonly topics: readonly TopicView[];
}

/** One row of GET /traces: `step` is where it began, and `httpStatus` what that answered. */
export interface TraceSummary {
  readonly id: string;
  readonly step: string;
  readonly trigger: string;
  readonly status: "running" | "ok" | "skipped" | "error";
  readonly httpStatus: number | null;
  readonly error: string | null;
  readonly startedAt: number;
  readonly durationMs: number | null;
  readonly steps: readonly string[];
  readonly runs: number;
}

/**
 * GET /traces/{id}: the runs of one trace, in the order in which they began. `replayOf` is the
 * run that it runs again, null for a trace that came by itself. `isFull`: there may have been more
 * runs, which are not kept.
 */
export interface TraceView {
  readonly id: string;
  readonly replayOf: OriginView | null;
  readonly spans: readonly SpanView[];
  readonly isFull: boolean;
}

/** GET /traces: the last ones, newest first. `kept` is how many the server remembers. */
export interface TracesView {
  readonly traces: readonly TraceSummary[];
  readonly kept: number;
}

/** `label` is a few words for people, as `POST /chat` or `queue chat-message`. */
export interface TriggerView {
  readonly type: "http" | "queue" | "cron" | "state" | "stream" | "socket";
  readonly key: string;
  readonly label: string;
  readonly method: string | null;
  readonly path: string | null;
  readonly topic: string | null;
  readonly expression: string | null;
  readonly stream: string | null;
  readonly event: string | null;
  readonly namespace: string | null;
}

/** A stored value; `written` says who wrote it last, null if that is not known any more. */
export interface ValueView {
  readonly key: string;
  readonly value: unknown;
  readonly written: WriteView | null;
}

/** A write; `space` is `state` or `stream/{name}`. `value` is null for a delete. */
export interface WriteEffect {
  readonly space: string;
  readonly group: string;
  readonly key: string;
  readonly kind: "set" | "update" | "delete";
  readonly value: unknown;
}

/**
 * Who wrote a value, and when. `step` is empty for what the server or a person did; `spanId`
 * is the run. `value` is the value after it, null for a delete; `isCut`: it is too large to be
 * sent whole.
 */
export interface WriteView {
  readonly at: number;
  readonly kind: "set" | "update" | "delete";
  readonly step: string;
  readonly traceId: string;
  readonly spanId: string | null;
  readonly value: unknown;
  readonly isCut: boolean;
}
