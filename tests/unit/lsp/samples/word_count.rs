//! Counts words.
use std::collections::HashMap;
use std::fmt::{self, Display};

const LONGEST: usize = 32;
static SEPARATORS: &[char] = &[' ', '\n', '\'', '"'];

/// A word and how often it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Count<'a> {
    pub word: &'a str,
    pub times: usize,
}

pub enum Order {
    Alphabetic,
    Frequent { at_least: usize },
}

pub trait Source {
    type Error;
    fn lines(&self) -> Result<Vec<String>, Self::Error>;
}

impl<'a> Display for Count<'a> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.word, self.times)
    }
}

/* What is longer is /* hardly */ a word. */
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST
}

pub fn count<'a>(text: &'a str, order: Order) -> Vec<Count<'a>> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for word in text.split(SEPARATORS).filter(|word| is_word(word)) {
        *times.entry(word).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = times
        .into_iter()
        .map(|(word, times)| Count { word, times })
        .collect();
    match order {
        Order::Alphabetic => counts.sort_by(|a, b| a.word.cmp(b.word)),
        Order::Frequent { at_least } => {
            counts.retain(|count| count.times >= at_least);
            counts.sort_by_key(|count| std::cmp::Reverse(count.times));
        }
    }
    counts
}

macro_rules! words {
    ($($word:expr),*) => { [$($word),*].join(r#" "the" "#) };
}

pub fn example() -> String {
    words!("a", "b", "a")
}
