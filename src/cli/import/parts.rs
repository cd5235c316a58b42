//! What kinds of history there are, what their columns are for, and how people call them.

use std::fmt;

/// A kind of history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shape {
    /// `customer,time,event`, in any order; an event left out is a visit
    #[default]
    Own,
    /// A purchase a row, with customer and date: orders, invoices, receipts
    Transactions,
    /// A log of events: customer, time, and `view`, `cart` or `purchase`
    Events,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Customer,
    Time,
    Event,
    Order,
    Session,
    Amount,
    Group,
}

impl Part {
    /// What such a column may be called, plainly.
    pub(super) fn words(self, shape: Shape) -> Vec<&'static str> {
        let words: &[&[_]] = match (self, shape) {
            (Self::Customer, Shape::Own) => &[&["customer"]],
            (Self::Time, Shape::Own) => &[&["time"]],
            (Self::Event, Shape::Own) => &[&["event"]],
            (Self::Customer, _) => &[CUSTOMER],
            (Self::Time, _) => &[TIME, PURCHASED],
            (Self::Event, _) => &[EVENT],
            (Self::Order, _) => &[ORDER],
            (Self::Session, _) => &[&["usersession", "sessionid", "session"]],
            (Self::Amount, _) => &[AMOUNT],
            (Self::Group, _) => &[&[]],
        };
        words.concat()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Customer => "customer",
            Self::Time => "time",
            Self::Event => "event",
            Self::Order => "order",
            Self::Session => "session",
            Self::Amount => "amount",
            Self::Group => "group",
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "own",
            Self::Transactions => "transactions",
            Self::Events => "events",
        })
    }
}

pub(super) const CUSTOMER: &[&str] = &[
    "customer",
    "customerid",
    "customerno",
    "customernumber",
    "customerkey",
    "custid",
    "custno",
    "user",
    "userid",
    "visitor",
    "visitorid",
    "client",
    "clientid",
    "member",
    "memberid",
    "household",
    "householdid",
    "householdkey",
    "shopper",
    "shopperid",
    "buyerid",
    "accountid",
];

/// Times of anything.
pub(super) const TIME: &[&str] =
    &["date", "time", "datetime", "timestamp", "day", "eventtime", "eventdate", "eventtimestamp", "createdat", "tdat"];

/// Times that say of themselves that something was bought.
pub(super) const PURCHASED: &[&str] = &[
    "invoicedate",
    "orderdate",
    "ordertime",
    "orderedat",
    "orderpurchasetimestamp",
    "purchasedate",
    "purchasetime",
    "purchasedat",
    "transactiondate",
    "transactiondt",
    "transactiontime",
    "transactiontimestamp",
    "saledate",
    "salesdate",
];

pub(super) const EVENT: &[&str] =
    &["event", "eventtype", "eventname", "action", "actiontype", "behavior", "behaviortype"];

pub(super) const ORDER: &[&str] = &[
    "order",
    "orderid",
    "orderno",
    "ordernumber",
    "invoice",
    "invoiceid",
    "invoiceno",
    "invoicenumber",
    "transactionid",
    "transactionno",
    "basketid",
    "receiptid",
    "receiptno",
];

pub(super) const AMOUNT: &[&str] = &[
    "amount",
    "quantity",
    "qty",
    "price",
    "unitprice",
    "total",
    "totalprice",
    "totalamount",
    "value",
    "salesvalue",
    "sales",
    "revenue",
    "dollarvalue",
    "payment",
    "paymentvalue",
    "numberofcds",
    "spend",
];
