/** What is wrong with one field of a request. */
export interface FieldError {
    code?: string | number;
    detail: string;
    /** Where it is in the body that was sent (RFC 6901), such as `#/items/0/qty`. */
    pointer?: string;
    /** Which query parameter it is about. */
    parameter?: string;
    params?: Record<string, unknown>;
}

/** The body of an answer that explains an error (RFC 9457). */
export interface Problem {
    type?: string;
    title?: string;
    status?: number;
    code?: string | number;
    detail?: string;
    explanation?: string;
    remedy?: string;
    help?: string;
    reference?: string;
    instance?: string;
    errors?: FieldError[];
    retry_after?: number;
    [member: string]: unknown;
}

/** A problem as an exception: each member of the body is a property, too. */
export class ProblemError extends Error implements Problem {
    /** The members as they came; of an answer that is no problem, a sentence as the `detail`. */
    readonly problem: Problem;
    /** The status code of the answer; 0 if there was none. */
    readonly status: number;
    /** The method of the request. */
    readonly method: string;
    /** When the request can be sent again; `null` if the server did not say. */
    readonly retryAfter: Date | null;
    /** The language of the words, if the server said it. */
    readonly lang: string | null;
    /** Why there is no problem to show: what `fetch` or the reading of the body threw. */
    readonly cause?: unknown;
    readonly type?: string;
    readonly title?: string;
    readonly code?: string | number;
    readonly detail?: string;
    readonly explanation?: string;
    readonly remedy?: string;
    readonly help?: string;
    readonly reference?: string;
    readonly instance?: string;
    readonly errors?: FieldError[];
    readonly retry_after?: number;
    readonly [member: string]: unknown;
}

/**
 * `fetch`, but a 4xx, a 5xx, and an answer that does not come are thrown as a `ProblemError`.
 *
 * An answer below 400 is returned as it is. If your signal aborts the request, what it says is thrown.
 */
export function fetchProblem(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;

/**
 * Say what is wrong beside each input of a form, and focus on the first.
 *
 * The marks go when the input changes, when the form is sent, and with the next call.
 *
 * @returns the errors for which the form has no visible input
 */
export function markFields(form: HTMLFormElement, problem: Pick<Problem, 'errors'>): FieldError[];

/** Add the clock time in the reader's zone to each `<time datetime="…Z">`. */
export function localTimes(root?: ParentNode): void;

/** `<problem-alert>`: shows a problem in a live region. Its event `retry` asks to send again. */
export interface ProblemAlert extends HTMLElement {
    /**
     * Show what `fetchProblem` threw, or the body of a problem, in place of what is shown.
     *
     * With the form that was sent, what is wrong with an input is said beside it (`markFields`).
     */
    show(error: unknown, form?: HTMLFormElement): void;
    /** Show nothing. */
    clear(): void;
}

declare global {
    interface HTMLElementTagNameMap {
        'problem-alert': ProblemAlert;
    }
}
