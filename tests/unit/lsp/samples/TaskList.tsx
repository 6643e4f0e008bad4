// A list of tasks that can be ticked off.
import { useMemo, useState } from 'react';

interface Task {
  id: number;
  title: string;
  done?: boolean;
}

type Props = { tasks: Task[]; onChange: (task: Task) => void };

function Row({ task, onChange }: { task: Task; onChange: Props['onChange'] }) {
  const className = task.done ? 'task done' : 'task';
  return (
    <li className={className}>
      <input type="checkbox" checked={!!task.done} onChange={() => onChange(task)} />
      {task.title} {/* It may be empty. */}
    </li>
  );
}

export const TaskList = ({ tasks, onChange }: Props) => {
  const [filter, setFilter] = useState<string>('');
  const shown = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    return tasks.filter((task) => task.title.toLowerCase().includes(wanted));
  }, [tasks, filter]);
  if (shown.length === 0) {
    return <p>Nothing to do for &quot;{filter}&quot;.</p>;
  }
  return (
    <>
      <input value={filter} onChange={(event) => setFilter(event.target.value)} />
      <ul data-count={`${shown.length} of ${tasks.length}`}>
        {shown.map((task) => (
          <Row key={task.id} task={task} onChange={onChange} />
        ))}
      </ul>
    </>
  );
};

export function remaining(tasks: Task[]): number {
  let count = 0;
  for (const task of tasks) {
    if (!task.done) {
      count++;
    }
  }
  return count;
}
