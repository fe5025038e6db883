// Shows the problems that a site answers with (RFC 9457) in pages that send requests by script.
// An ES module without dependencies. What comes from a server becomes text, never HTML.

// {% problem_texts %} writes them in the language of the page; these are for a page without it.
const ENGLISH = [
    'en',
    'We got no usable answer. Check your connection and try again.',
    'Help',
    'Reference:',
    'Wait:',
    'You can try again.',
    'Try again',
];

// Read each time, as the page may have been replaced by one in another language.
const pageTexts = () =>
    JSON.parse(document.scripts['problem-texts']?.text || null) ?? ENGLISH;

const make = (name, textContent, properties) =>
    Object.assign(document.createElement(name), {textContent}, properties);

const registry = customElements;
const tag = 'problem-alert';
const DESCRIBED = 'aria-describedby';

const isText = value => value?.trim?.();

// A problem as an exception: each member is a property.
export class ProblemError extends Error {
    constructor(problem = {detail: pageTexts()[1]}, method, response = Response.error(), cause) {
        const fields = response.headers;
        // A number of seconds or a date (RFC 9110 §10.2.3).
        const wait = fields.get('Retry-After') ?? problem.retry_after;
        const date = new Date(wait >= 0 ? Date.now() + wait * 1e3 : wait);
        super();
        delete problem.__proto__; // as a member it would replace the prototype
        Object.assign(this, problem, {
            name: 'ProblemError',
            message: isText(problem.detail) || problem.title.trim(), // fails if there is none
            problem,
            method,
            cause,
            status: response.status,
            retryAfter: +date ? date : null,
            lang: cause ? null : fields.get('Content-Language'),
        });
    }
}

// `fetch`, but it throws a `ProblemError` for a 4xx, for a 5xx, and if there is no answer.
export async function fetchProblem(input, init) {
    const request = new Request(input, init);
    const {headers, method, signal} = request;
    let response, problem;
    headers.has('Accept') || headers.set('Accept', 'application/problem+json,application/json,*/*;q=0.1');
    try {
        response = await fetch(request);
        if (response.status < 400) {
            return response;
        }
        problem = new ProblemError(await response.json(), method, response);
    } catch (cause) {
        problem = signal.aborted ? cause : new ProblemError(undefined, method, response, cause);
    }
    throw problem;
}

// Where an error or an input belongs: the same for #/items/0/qty (RFC 6901), items[0].qty and items-0-qty.
function partsOf(item) {
    let place = item.pointer ?? item.parameter ?? item.name ?? '';
    try {
        place = decodeURIComponent(place);
    } catch {
        // A percent sign that encodes nothing is itself.
    }
    return place.split(/~[01]|[~#/\][.-]/).filter(part => part);
}

// Says what is wrong beside each input, and returns the errors that have no input.
export function markFields(form, problem) {
    const all = [...document.querySelectorAll('*')]
        .filter(input => input.form === form && input.checkVisibility());
    form.dispatchEvent(new Event('clear'));
    const loose = [problem.errors].flat().filter(error => {
        let inputs = [];
        if (!isText(error?.detail)) {
            return;
        }
        for (const parts = partsOf(error); parts[0] && !inputs[0]; parts.pop()) {
            inputs = all.filter(input => partsOf(input) == parts + '');
        }
        const id = Math.random();
        const message = make('span', error.detail, {id, className: 'problem-message', lang: problem.lang || ''});
        const mark = (isInvalid, describe) => inputs.map(input => {
            const ids = ((input.getAttribute(DESCRIBED) ?? '').replace(id, '') + describe).trim();
            input.ariaInvalid = isInvalid;
            ids ? input.setAttribute(DESCRIBED, ids) : input.removeAttribute(DESCRIBED);
        });
        const unmark = () => {
            message.remove();
            mark(null, '');
        };
        mark(true, ' ' + id);
        inputs.at(-1)?.after(message);
        inputs.map(input => input.addEventListener('input', unmark));
        ['clear', 'submit'].map(type => form.addEventListener(type, unmark));
        return !inputs[0];
    });
    all.find(input => input.ariaInvalid === 'true')?.focus();
    return loose;
}

// Another copy of this module may have loaded before.
registry.get(tag) || registry.define(tag, class extends HTMLElement {
    #live = make('div', '', {role: 'alert', tabIndex: -1});
    #timer = make('p', '', {role: 'timer'});
    #next;

    connectedCallback() {
        this.replaceChildren(this.#live, this.#timer);
    }

    clear() {
        clearTimeout(this.#next);
        this.#live.textContent = this.#timer.textContent = '';
    }

    show(error, form = this) {
        const [lang, , help, reference, wait, now, retry] = pageTexts();
        const problem = error?.title || error?.detail ? error : new ProblemError();
        const add = (text, properties, name = 'p') =>
            isText(text) && this.#live.append(make(name, text, properties));
        const tick = () => {
            const left = problem.retryAfter - Date.now();
            if (left > 0) {
                this.#timer.textContent = `${wait} ${new Date(left + 999).toISOString().slice(11, 19)}`;
                this.#next = setTimeout(tick, 1e3);
            } else {
                this.#timer.textContent = '';
                add(now);
                /GET|HEAD/.test(problem.method) && add(retry, {type: 'button', onclick: () => {
                    this.clear();
                    this.#live.focus();
                    this.dispatchEvent(new Event('retry'));
                }}, 'button');
            }
        };
        this.clear();
        this.lang = lang;
        [
            problem.title,
            problem.detail,
            problem.explanation,
            problem.remedy,
            ...markFields(form, problem).map(error => [...partsOf(error), error.detail].join(': ')),
        ].map(text => add(text, {lang: problem.lang || lang}));
        /^(\/|(http|mail|tel)\w*:)/.test(problem.help) && add(help, {href: problem.help}, 'a');
        problem.reference && add(`${reference} ${problem.reference}`);
        problem.retryAfter && tick();
    }
});

// Adds the clock time in the reader's zone to each moment that a page tells.
export function localTimes(root = document) {
    for (const time of root.querySelectorAll('time[datetime$=Z]')) {
        time.title || time.append(` (${time.title = new Date(time.dateTime).toLocaleTimeString()})`);
    }
}
