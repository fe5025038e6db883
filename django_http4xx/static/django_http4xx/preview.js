'use strict';
// Show the page and the JSON for the unsaved text, shortly after each change, and put placeholders
// into the text by a click.
{
    const PAUSE = 400; // milliseconds without a keystroke
    const area = document.querySelector('.http4xx-preview');
    const form = area && area.closest('form');
    let timer = 0;
    let latest = 0;
    let start = {}; // the initial values of a form for this error and language
    let mayRenew = true; // whether a refused request has not led to a fresh token yet
    let isFailing = false;
    let written = null; // the field that was written in last

    function element(name, properties, ...children) {
        const made = Object.assign(document.createElement(name), properties);
        made.append(...children);
        return made;
    }

    function copyOf(data) {
        const copy = element('form', {method: 'post', hidden: true});
        for (const [name, value] of data) {
            copy.append(element('input', {type: 'hidden', name, value}));
        }
        return copy;
    }

    // Replace the frame: loading a page into an existing one adds an entry to the history.
    function showPage(data) {
        const frame = area.querySelector('iframe');
        const fresh = frame.cloneNode();
        fresh.removeAttribute('src');
        fresh.name = `http4xx-page-${latest}`;
        const copy = copyOf(data);
        copy.action = area.dataset.pageUrl;
        copy.target = fresh.name;
        frame.replaceWith(fresh);
        document.body.append(copy);
        copy.submit();
        copy.remove();
    }

    function showHints(hints) {
        for (const [name, text] of Object.entries(hints)) {
            const hint = form.querySelector(`[data-built-in="${name}"]`);
            if (hint) {
                hint.textContent = text;
            }
        }
    }

    // When the error or language changes, replace the words that the editor has not changed.
    function follow(fresh) {
        for (const [name, text] of Object.entries(start)) {
            const field = form.elements[name];
            if (field && text && field.value === text && text !== fresh[name]) {
                field.value = fresh[name] ?? '';
                later();
            }
        }
        start = fresh;
    }

    function insert(text) {
        const field = written || form.elements.explanation;
        field.focus();
        // Deprecated, but the only way that the browser's "undo" knows of.
        if (!document.execCommand('insertText', false, text)) {
            field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
            field.dispatchEvent(new Event('input', {bubbles: true}));
        }
    }

    function placeholder([name, meaning, , value]) {
        const button = element(
            'button', {type: 'button'},
            element('span', {className: 'visually-hidden', textContent: `${area.dataset.insert} `}),
            element('code', {textContent: `{${name}}`}),
        );
        button.addEventListener('click', () => insert(`{${name}}`));
        const shown = element('span', {className: 'value', dir: 'auto', textContent: value});
        return [
            element('dt', {}, button),
            element('dd', {}, meaning, ...(value ? [`, ${area.dataset.value} `, shown] : [])),
        ];
    }

    function showPlaceholders(placeholders) {
        const lists = form.querySelectorAll('.http4xx-placeholders');
        const focused = document.activeElement.closest('.http4xx-placeholders button');
        for (const [index, list] of lists.entries()) {
            const listed = placeholders.filter(([, , isTelling]) => isTelling === (index === 0));
            list.replaceChildren(...listed.flatMap(placeholder));
            list.hidden = !listed.length;
        }
        if (focused) { // the list was made anew
            [...form.querySelectorAll('.http4xx-placeholders button')]
                .find(button => button.textContent === focused.textContent)?.focus();
        }
    }

    function list(name, texts) {
        const shown = area.querySelector(name);
        const items = texts.map(textContent => element('li', {textContent}));
        // What is announced again would interrupt who hears it.
        if (shown.textContent !== texts.join('')) {
            shown.replaceChildren(...items);
        }
    }

    function showFailure(text) {
        list('.faults', [text]);
        list('.notes', []);
    }

    // The answer, or the status of the refusal: 0 if there is none, or it is a way to sign in.
    async function answerTo(data) {
        try {
            const response = await fetch(area.dataset.url, {method: 'POST', body: data, redirect: 'manual'});
            return response.ok ? [await response.json(), 200] : [null, response.status];
        } catch {
            return [null, 0];
        }
    }

    async function update() {
        const turn = ++latest;
        const data = new FormData(form);
        const [shown, status] = await answerTo(data);
        if (turn !== latest) {
            return;
        }
        if (!shown) {
            isFailing = true;
            showFailure(status === 413 ? area.dataset.tooLong : area.dataset.failed);
            if (mayRenew && status !== 413) {
                mayRenew = false;
                form.dispatchEvent(new CustomEvent('http4xx:refused'));
            }
            return;
        }
        mayRenew = true;
        isFailing = false;
        form.dispatchEvent(new CustomEvent('http4xx:shown'));
        follow(shown.start);
        showHints(shown.built_in);
        showPlaceholders(shown.placeholders);
        list('.faults', shown.faults);
        list('.notes', shown.notes);
        area.querySelector('pre').textContent = shown.json;
        showPage(data);
    }

    function later() {
        clearTimeout(timer);
        timer = setTimeout(update, PAUSE);
    }

    function makeAsWideAsChosen() {
        area.querySelector('iframe').classList.toggle('narrow', form.elements.preview_narrow.checked);
    }

    // Of two texts, the one that is chosen is in the form; who goes on writing chooses their own.
    function chooseBetweenTwo(field) {
        if (field.name?.startsWith('choice_')) {
            form.elements[field.name.slice('choice_'.length)].value = field.dataset.text;
        } else {
            const own = form.querySelector(`[name="choice_${field.name}"][value="yours"]`);
            if (own) {
                own.checked = true;
                own.dataset.text = field.value;
            }
        }
    }

    if (form) {
        form.addEventListener('input', event => {
            chooseBetweenTwo(event.target);
            if (event.target.name === 'preview_narrow') {
                makeAsWideAsChosen();
            } else {
                mayRenew = true;
                later();
            }
        });
        form.addEventListener('focusin', event => {
            if (/^(title|explanation|remedy)$/.test(event.target.name)) {
                written = event.target;
            }
        });
        form.addEventListener('http4xx:token', event => {
            if (event.detail === 'renewed' && isFailing) {
                later();
            } else if (event.detail === 'ended') {
                showFailure(area.dataset.ended);
            }
        });
        area.querySelector('.live').hidden = false;
        area.querySelector('button').hidden = true;
        makeAsWideAsChosen();
        update();
    }
}
