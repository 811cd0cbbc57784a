/** Lessons in English and Chinese: text files with live figures. `docs/lessons.md` says how to write one. */
export { LESSONS, lessonHead, loadLesson, type Lesson } from './lesson';
