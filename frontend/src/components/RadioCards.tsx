import { useId } from "react";
import styles from "./RadioCards.module.css";

export interface RadioCard<Value extends string> {
  value: Value;
  title: string;
  about?: string;
  /** A last line in figures: how long, how large. */
  note?: string;
  disabled?: boolean;
}

interface RadioCardsProps<Value extends string> {
  legend: string;
  cards: RadioCard<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}

/** One of a few, each with a line that says what it means. */
export function RadioCards<Value extends string>({ legend, cards, value, onChange }: RadioCardsProps<Value>) {
  const name = useId();
  return (
    <fieldset className={styles.cards}>
      <legend>{legend}</legend>
      {cards.map((card) => (
        <label key={card.value} className={styles.card}>
          <input
            type="radio"
            name={name}
            value={card.value}
            checked={value === card.value}
            disabled={card.disabled}
            onChange={() => onChange(card.value)}
          />
          <span className={styles.text}>
            <span className={styles.title}>{card.title}</span>
            {card.about ? <span className={styles.about}>{card.about}</span> : null}
            {card.note ? <span className={styles.note}>{card.note}</span> : null}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
