/* SPDX-License-Identifier: MIT */
/* A little Rust with traits, closures and generics, for symbols.sh. */

use std::collections::HashMap;

trait Shape {
    fn areas(&self) -> Vec<u64>;
}

struct Square(u64);

impl Shape for Square {
    #[inline(never)]
    fn areas(&self) -> Vec<u64> {
        (0..self.0).map(|side| side * side).collect()
    }
}

#[inline(never)]
fn total<T: Shape + ?Sized>(shape: &T) -> u64 {
    shape.areas().iter().sum()
}

fn main() {
    let n = std::env::args().count() as u64;
    let mut totals: HashMap<String, u64> = HashMap::new();
    let shape: Box<dyn Shape> = Box::new(Square(n + 3));

    totals.insert(format!("square {}", n), total(&*shape));
    assert!(totals.len() == 1);
}
