// Sends the form without leaving the page, and says what is wrong where it was typed.
import {fetchProblem} from './django_http4xx/problem.js';

const form = document.querySelector('form.case-order');
const alert = document.querySelector('problem-alert');

form.addEventListener('submit', async event => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    alert.clear();
    try {
        const answer = await fetchProblem(form.action, {method: 'POST', body: new FormData(form)});
        location.assign(answer.headers.get('Location'));
    } catch (error) {
        button.disabled = false;
        alert.show(error, form);
    }
});
